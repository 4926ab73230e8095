// The forms of instruction data: how a record is recognised and what its fields mean.
#pragma once

#include <vector>

#include "core/base/json.h"
#include "core/data/data_file.h"

namespace tauscope {

/// By the record's fields, first match in the contract's order. Throws Error::bad_input if it has no known
/// form.
///
///     prompt_output           prompt, output                  (output: a string, or strings of which there
///     is one at least) dolly                   instruction, response           (context, category) alpaca
///     instruction, output             (input) unnatural_instructions  instruction, instances with
///     instruction_with_input self_instruct           instruction, instances with input and output vicuna
///     question_id, text or turns      (category) super_natural           Definition, Instances
DataForm recognise_form(const JsonFields& record);

/// The examples of one record, in order; `index` is left for the caller. An instance (of Self-Instruct,
/// Unnatural or Super-NaturalInstructions) is an example of its own. Throws Error::bad_input naming the
/// field.
///
/// prompt_output takes the prompt as it is, with "<n>" in prompt and output for a line end. Vicuna's question
/// (its first turn) and a task's Definition stand where the instruction does. Unnatural Instructions'
/// constraints are not used.
std::vector<Example> read_examples(DataForm form, const JsonFields& record,
                                   const PromptTemplate& prompt_template);

}  // namespace tauscope
