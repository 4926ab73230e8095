#include "app/gui/compare_page.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "app/gui/explore_cards.h"
#include "app/gui/explore_page.h"
#include "app/gui/fonts.h"
#include "app/gui/number_text.h"
#include "app/gui/toolbar.h"
#include "app/gui/widgets.h"

namespace tauscope::gui {

namespace {

/// The example whose point is nearest to the click, if it is at most `reach` pixels away.
std::optional<std::int64_t> nearest_example(const Session& session, const PlotPoint& at, double reach) {
  std::optional<std::int64_t> nearest;
  for (const ExamplePoint& point : compare_points(session)) {
    const double away = std::hypot((point.a - at.x) / at.step_x, (point.b - at.y) / at.step_y);
    if (!(away <= reach)) continue;
    reach = away;
    nearest = point.example;
  }
  return nearest;
}

/// What the lasso goes round; round nothing, every mark goes.
void mark(PanelContext& context, const PlotLasso& lasso) {
  MarkExamples marked;
  for (const ExamplePoint& point : compare_points(context.session))
    if (lasso.contains(point.a, point.b)) marked.examples.push_back(point.example);
  context.out.emplace_back(std::move(marked));
}

/// One point per example: it stands beside the table of examples.
bool is_example_plot(const PlotInfo& info) {
  return std::string_view(info.name) == "compare_scatter";
}

}  // namespace

void ComparePage::draw_choice(PanelContext& context) {
  std::size_t a = context.view().compare_a, b = context.view().compare_b;
  bool changed = student_combo(context, "##a", a, "A: the student that is held against");
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  text_muted(context, "vs");
  ImGui::SameLine();
  changed = student_combo(context, "##b", b, "B: differences are B − A") || changed;
  if (changed) context.out.emplace_back(CompareStudents{a, b});
  ImGui::SameLine();
  if (ImGui::Button("Swap")) context.out.emplace_back(CompareStudents{b, a});
  tooltip("A becomes B and B becomes A");
  const float combo = context.em(10.5f);
  flow(combo + context.em(2));
  ImGui::AlignTextToFramePadding();
  text_muted(context, "by");
  ImGui::SameLine();
  std::string column = context.view().compare_quantity;
  if (quantity_combo(context, "##quantity", column, combo))
    context.out.emplace_back(SetCompareQuantity{column});
  constexpr std::array labels{"B − A", "values"};
  constexpr std::array helps{"A's strip shows A's values, B's strip the difference B − A",
                             "Both strips show values, on the same colours"};
  flow(segmented_width(labels) + 1);
  int chosen = static_cast<int>(context.view().strip_colours);
  if (segmented(context, "colours", labels, helps, chosen))
    context.out.emplace_back(SetStripColours{static_cast<StripColours>(chosen)});
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  const float rest =
      ImGui::GetWindowPos().x + ImGui::GetWindowContentRegionMax().x - ImGui::GetItemRectMax().x - gap;
  if (rest >= context.em(6)) ImGui::SameLine();
  search_.draw(context, rest >= context.em(6) ? std::min(rest, context.em(12)) : context.em(12));
}

ComparePage::Strips ComparePage::strips(const PanelContext& context) {
  Strips out;
  const ViewState& view = context.view();
  const Session::Shown a = context.session.rows(view.compare_a), b = context.session.rows(view.compare_b);
  values_a_ = values_of(a, view.compare_quantity);
  values_b_ = values_of(b, view.compare_quantity);
  const Quantity* quantity = find_quantity(view.compare_quantity);
  const std::string name = quantity_name(view.compare_quantity);
  out.a.tau = a.result ? a.result->key.tau : view.tau;
  out.b.tau = b.result ? b.result->key.tau : view.tau;
  out.a.is_current = a.is_current;
  out.b.is_current = b.is_current;
  out.a.value_name = out.b.value_name = name;
  if (!quantity) return out;
  if (view.strip_colours == StripColours::values) {
    std::vector<double> both = values_a_;
    both.insert(both.end(), values_b_.begin(), values_b_.end());
    out.a.scale = out.b.scale = scale_for(*quantity, both);
  } else {
    // A difference of values at two temperatures would belong to neither.
    const bool comparable = values_a_.size() == values_b_.size() && out.a.tau == out.b.tau;
    out.a.scale = scale_for(*quantity, values_a_);
    if (comparable) {
      for (std::size_t i = 0; i < values_b_.size(); ++i)
        values_b_[i] -= values_a_[i];
    } else {
      values_b_.clear();
    }
    out.b.scale = difference_scale(*quantity, values_b_);
    out.b.value_name = name + ", B − A";
  }
  out.a.values = values_a_;
  out.b.values = values_b_;
  return out;
}

void ComparePage::draw_strip(PanelContext& context, const char* id, TokenStrip& strip, std::size_t student,
                             const StripContent& content, float height) {
  ImGui::PushStyleColor(ImGuiCol_ChildBg, packed(context.theme.panel));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(context.em(0.5f), context.em(0.3f)));
  const bool visible = ImGui::BeginChild(id, ImVec2(0, height), true,
                                         ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
  if (visible) {
    const float bar = colour_bar_width(context, content.scale), width = ImGui::GetContentRegionAvail().x;
    const float line = ImGui::GetTextLineHeight();
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImGui::GetWindowDrawList()->AddCircleFilled(ImVec2(corner.x + line * 0.4f, corner.y + line / 2),
                                                line * 0.28f, packed(student_colour(context.theme, student)));
    ImGui::Dummy(ImVec2(line * 0.8f, line));
    ImGui::SameLine(0, context.em(0.3f));
    std::string caption = context.session.workspace()->students[student].name + " · " + content.value_name;
    if (!content.is_current && !content.values.empty())
      caption += fmt::format(" (still for τ = {})", number_text(content.tau));
    text_elided(caption, std::max(context.em(4), width - bar - context.em(2)));
    if (width > bar + context.em(8)) {
      ImGui::SameLine(ImGui::GetWindowContentRegionMax().x - bar);
      if (content.values.empty()) {
        text_muted(context, "computing…");
      } else {
        colour_bar(context, content.scale, content.value_name, bar);
      }
    }
    strip.draw(context, "##tokens", content, ImVec2(0, 0), &scroll_);
  }
  ImGui::EndChild();
}

void ComparePage::draw_strips(PanelContext& context, float height) {
  const Strips content = strips(context);
  const float gap = context.em(0.3f), each = std::max(context.em(3), (height - gap) / 2);
  const std::size_t last = context.session.workspace()->students.size() - 1;
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(gap, gap));
  draw_strip(context, "##strip_a", strip_a_, std::min(context.view().compare_a, last), content.a, each);
  draw_strip(context, "##strip_b", strip_b_, std::min(context.view().compare_b, last), content.b, each);
  ImGui::PopStyleVar();
}

void ComparePage::take_click(PanelContext& context, const PlotEvents& events) {
  if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) click_.reset();  // it fits the plot
  const bool second = ImGui::GetIO().MouseClickedLastCount[ImGuiMouseButton_Left] > 1;
  if (events.clicked && !second) {
    const auto example = nearest_example(context.session, *events.clicked, context.em(0.75f));
    click_ = example ? std::optional(Click{*example, ImGui::GetTime()}) : std::nullopt;
  }
  if (!click_) return;
  if (ImGui::GetTime() - click_->time < static_cast<double>(ImGui::GetIO().MouseDoubleClickTime)) {
    request_frame();
    return;
  }
  context.out.emplace_back(SelectExample{click_->example});
  click_.reset();
}

void ComparePage::draw_examples(PanelContext& context) {
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const auto open = [&](const ViewTable& table, std::size_t row) {
    if (row >= table.rows.size() || table.rows[row].empty()) return;
    const double index = table.rows[row].front().value;
    if (std::isfinite(index)) context.out.emplace_back(SelectExample{static_cast<std::int64_t>(index)});
  };
  std::vector<Card> cards;
  for (const PlotInfo& info : plot_infos()) {
    if (info.tab != Tab::compare || !is_example_plot(info)) continue;
    Card card{.plot = info.name};
    card.options = [](PanelContext&) {
      PlotOptions options;
      options.clickable = true;
      options.lasso = true;
      return options;
    };
    card.events = [this](PanelContext& c, const PlotEvents& events) {
      take_click(c, events);
      if (events.lasso) mark(c, *events.lasso);
    };
    cards.push_back(card);
  }
  const bool side_by_side = room.x > context.em(44);
  const float first = cards.empty() ? 0 : side_by_side ? room.x * 0.5f : room.x;
  if (!cards.empty()) {
    draw_card(context, ui_, cards.front(),
              ImVec2(first - context.em(0.3f), side_by_side ? room.y : room.y * 0.55f));
    if (side_by_side) ImGui::SameLine();
  }
  if (ImGui::BeginChild("##examples")) {
    data_set_control(context, ui_);
    if (const std::size_t marked = context.view().marked.size(); marked > 0) {
      ImGui::AlignTextToFramePadding();
      text_muted(context, fmt::format("{} marked", marked));
      ImGui::SameLine();
      if (ImGui::Button("Show all")) context.out.emplace_back(MarkExamples{});
    }
    TableWidget::Options options;
    options.clickable = "Open this example";
    options.chosen = static_cast<double>(context.view().example);
    if (const auto row = examples_.draw(context, options)) open(examples_.table(), *row);
  }
  ImGui::EndChild();
}

void ComparePage::draw_below(PanelContext& context) {
  constexpr std::array labels{"Over τ", "Token", "Table", "Examples", "Answers"};
  constexpr std::array helps{
      "Norms, ratios, cosines, shares and entropies of both students as τ moves",
      "The pinned token: distributions and gradients of both",
      "Every quantity over the example: A, B and the difference",
      "Each example of an analysed data set as a point, A against B; a click opens it",
      "What both generated for this example, from an evaluation, against the reference"};
  const CompareView now = context.view().compare_view;
  int chosen = static_cast<int>(now);
  if (segmented(context, "below", labels, helps, chosen))
    context.out.emplace_back(SetCompareView{static_cast<CompareView>(chosen)});
  if (now == CompareView::table) {
    comparison_.draw(context, {});
    return;
  }
  if (now == CompareView::examples) {
    draw_examples(context);
    return;
  }
  if (now == CompareView::answers) {
    const ComparedAnswers compared = compared_answers(context.session);
    answers_.draw(context, compared.shown, compared.models);
    return;
  }
  std::vector<Card> cards;
  for (const PlotInfo& info : plot_infos()) {
    if (info.tab != Tab::compare || is_example_plot(info)) continue;
    if (info.tau_on_x == (now == CompareView::token)) continue;
    Card card{.plot = info.name};
    if (info.tau_on_x) {
      card.least = 24;  // two rows of panels
      card.columns = 4;
      card.controls = [this](PanelContext& c) { scope_control(c, ui_); };
      card.options = tau_line;
      card.events = follow_tau_line;
    } else {
      card.least = 22;  // the gradients have two panels
      if (std::string_view(info.name) == "compare_histogram") card.controls = scale_control;
    }
    cards.push_back(card);
  }
  const int columns = ImGui::GetContentRegionAvail().x > context.em(40) && cards.size() > 1 ? 2 : 1;
  draw_cards(context, ui_, "##plots", cards, columns, 14);
}

void ComparePage::draw(PanelContext& context) {
  const auto workspace = context.session.workspace();
  if (!workspace) {
    if (!draw_example_state(context)) empty_note(context, "Nothing is open.");
    return;
  }
  if (workspace->students.size() < 2) {
    empty_note(
        context,
        workspace->students.empty()
            ? "What is open has no student. Open an analysis with students, or add them on the left."
            : "Only one student is open. Add another one on the left (Ctrl+Shift+O) to compare the two "
              "against the same teacher.");
    return;
  }
  draw_choice(context);
  const float room = ImGui::GetContentRegionAvail().y, bar = context.em(0.4f);
  const float least = context.em(7), most = std::max(least, room - context.em(9));
  float strips = std::clamp(std::min(context.em(ui_.compare_strips), std::max(context.em(9), room * 0.45f)),
                            least, most);
  if (!context.session.example()) {
    if (ImGui::BeginChild("##state", ImVec2(0, strips), true)) draw_example_state(context);
    ImGui::EndChild();
  } else {
    draw_strips(context, strips);
  }
  float size = strips;
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() - ImGui::GetStyle().ItemSpacing.y);
  splitter("##strips_splitter", false, bar, ImGui::GetContentRegionAvail().x, size, least, most, false,
           context.em(14));
  if (size != strips) ui_.compare_strips = size / context.theme.em;
  draw_below(context);
}

}  // namespace tauscope::gui
