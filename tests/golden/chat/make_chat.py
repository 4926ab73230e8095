#!/usr/bin/env python3
"""Writes chat.json: what transformers' apply_chat_template makes of small templates in the styles of the model families.

    python make_chat.py
"""
import datetime
import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import transformers
import transformers.utils.chat_template_utils
from tokenizers import Tokenizer, models

HERE = Path(__file__).resolve().parent


class OneDay(datetime.datetime):
    """strftime_now writes this day, which test_chat_template.cpp gives as well."""

    @classmethod
    def now(cls, tz=None):
        return cls(2025, 3, 5, 14, 7, 9)


transformers.utils.chat_template_utils.datetime = OneDay

TEMPLATES = {
    "chatml": """{% for message in messages %}
{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}
{%- endfor %}
{% if add_generation_prompt %}
{{ '<|im_start|>assistant\\n' }}
{%- endif %}
""",
    "qwen2": """{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nBe of help.<|im_end|>\\n' }}{% endif %}"""
             """{{ '<|im_start|>' ~ message.role ~ '\\n' ~ message.content ~ '<|im_end|>' }}{% if not loop.last or add_generation_prompt %}{{ '\\n' }}{% endif %}"""
             """{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}""",
    "qwen2.5 with tools": """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- for tool in tools %}{{- tool | tojson }}{%- endfor %}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>system\\nDefault.<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "tool" %}
        {{- '<tool>' + message.content }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
""",
    "qwen3": """{%- set ns = namespace(last=-1, found=false) %}
{%- for message in messages %}
    {%- if message.role == 'user' %}{%- set ns.last = loop.index0 %}{%- set ns.found = true %}{%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- set content = message.content if message.content is string else '' %}
    {%- set thought = '' %}
    {%- if '</think>' in content %}
        {%- set thought = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
        {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
    {%- endif %}
    {%- if message.role == 'assistant' and loop.index0 > ns.last %}
        {{- '<|im_start|>assistant\\n<think>\\n' + thought.strip('\\n') + '\\n</think>\\n\\n' + content + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}
{%- endif %}""",
    "llama2": """{% if messages[0]['role'] == 'system' %}{% set rest = messages[1:] %}{% set system = messages[0]['content'] %}{% else %}{% set rest = messages %}{% set system = false %}{% endif %}"""
              """{% for message in rest %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate user/assistant') }}{% endif %}"""
              """{% if loop.index0 == 0 and system != false %}{% set content = '<<SYS>>\\n' + system + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}"""
              """{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}""",
    "llama3": """{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' %}"""
              """{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}""",
    "llama3.2": """{{- bos_token }}
{%- if own_tools is defined %}
    {%- set tools = own_tools %}
{%- endif %}
{%- if not tools_first is defined %}
    {%- set tools_first = true %}
{%- endif %}
{%- if not day is defined %}
    {%- if strftime_now is defined %}
        {%- set day = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set day = "1 Jan 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}

{#- The system message comes first. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
{%- if tools is not none and not tools_first %}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
    {%- endfor %}
{%- endif %}
{{- "Day: " + day + "\n\n" + system_message + "<|eot_id|>" }}
{%- if tools_first and not tools is none %}
    {%- if messages | length != 0 %}
        {%- set first = messages[0]['content']|trim %}
    {%- else %}
        {{- raise_exception("no message") }}
{%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif message.content is mapping or message.content is iterable %}
        {{- message.content | tojson }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
""",
    "dates": """{{ strftime_now('%A %a %B %b %d %m %Y %y') }}|{{ strftime_now("%H:%M:%S %I %p %j %%") }}|{{ strftime_now is defined }} {{ range is defined }} {{ undefined_function is defined }}{{ 'x' if strftime_now }}""",
    "qwen3 from the last message on": """{%- set ns = namespace(searching=true, last=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.searching and message.role == "user" and not(message.content.startswith('<result>') and message.content.endswith('</result>')) %}
        {%- set ns.searching = false %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.role == "assistant" %}
        {%- set content = message.content %}
        {%- set thought = '' %}
        {%- if message.thought is defined and message.thought is not none %}
            {%- set thought = message.thought %}
        {%- elif '</think>' in message.content %}
            {%- set content = message.content.split('</think>')[-1].lstrip('\n') %}
            {%- set thought = message.content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last and (loop.last or (not loop.last and thought)) %}
            {{- '<|im_start|>' + message.role + '\n<think>\n' + thought.strip('\n') + '\n</think>\n\n' + content.lstrip('\n') }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\n' }}
    {%- elif loop.first or (messages[loop.index0 - 1].role != "tool") %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}""",
    "mistral 0.3": """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("The roles must alternate, user first") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {%- for tool in tools %}
                {%- for key, val in tool.items() if key != "return" %}{{- val|tojson }}{%- endfor %}
            {%- endfor %}
        {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\n\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- endif %}
{%- endfor %}
""",
    "chosen messages": """{% for m in messages | selectattr('role', 'equalto', 'user') %}{{ m.content }};{% endfor %}|{{ messages | rejectattr('role', 'in', ['user', 'system']) | list | length }}|"""
                       """{{ messages | selectattr('thought') | list | length }}{{ messages | selectattr('content', 'defined') | list | length }}{{ messages | selectattr('thought', 'undefined') | map(attribute='role') | join(',') }}|"""
                       """{{ [1, 2, 3, 4] | select('odd') | list }}{{ [0, 1, 2] | select | list }}{{ [1, 2, 3] | reject('gt', 1) | join }}{{ ['a ', ' b'] | map('trim') | join('-') }}|{{ 2 is eq 2 }}{{ 3 is gt(3) }}{{ 'a' is in('abc') }}""".replace(" | list }}", " | list | tojson }}").replace("is eq 2", "is eq(2)"),
    "slices": """{% for t in ['abcdef'[::-1], 'abcdef'[::2], 'abcdef'[4:1:-1], 'abcdef'[-2::-2], 'abcdef'[:-4:-1], 'abcdef'[10:2:-3], 'abcdef'[-99:99:4], 'abcdef'[3:-99:-1], 'abcdef'[5:5], 'abcdef'[:2:-1], 'héé'[::-1]] %}{{ t }};{% endfor %}"""
              """{{ [1, 2, 3, 4][::-1] | tojson }}{{ [1, 2, 3, 4][1::2] | tojson }}{{ [][::-1] | tojson }}""",
    "ranges and pairs": """{% for i in range(3) %}{{ i }}{% endfor %}|{% for i in range(1, 10, 4) %}{{ i }},{% endfor %}|{% for i in range(3, 0, -1) %}{{ i }}{% endfor %}|{% for i in range(2, 2) %}x{% endfor %}|"""
                        """{% for a, b in [[1, 2], [3, 4]] %}{{ a }}-{{ b }} {% endfor %}|{% for i in range(10) if i % 3 == 1 %}{{ i }}{{ loop.index }}{{ loop.last }}{{ loop.length }} {% endfor %}|"""
                        """{% for m in messages if m.role != 'system' and loop is not defined %}{{ m.role }}{% if not loop.last %},{% endif %}{% endfor %}|{% for a, b in [[1, 2], [3, 4]] if a + b > 3 %}{{ a }}{{ b }}{% endfor %}""",
    "what is trained on": """{% for m in messages %}{% if m.role == 'assistant' %}
{% generation %}
A {{ m.content }}
{% endgeneration %}
{% else %}U {{ m.content }}
{% endif %}{% endfor %}""",
    "mistral": """{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token }}{% else %}"""
               """{{ raise_exception('Only user and assistant roles are supported, not ' ~ message.role) }}{% endif %}{% endfor %}""",
    "zephyr": """{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>
' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\\n'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}
""",
    "white space": """  {# a comment #}
  a {%- if true -%}  b  {%- endif +%}
  {%+ if true %}
 c
  {% endif %}{# another -#}

 d {{- ' e ' -}} f
{{ 'g' }}
   {% set x = 1 %}   {% set y = 2 %}
 h {% if x == 1 %}
i{% endif %}

{#- last #}
j
""",
    "operators": """{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 2 + 3 * 4 - 1 }} {{ 'a' ~ (1 + 2) }}|{{ 1 < 2 }} {{ 'b' >= 'a' }} {{ not 1 == 2 }} {{ 'x' in 'xyz' }} {{ 'q' not in ['q'] }}|
{{ 'yes' if messages else 'no' }}{{ 'none' if tools }}|{{ none }} {{ true and 3 }} {{ '' or 'other' }} {{ undefined_name }}|{{ undefined_name is defined }} {{ tools is none }} {{ 3 is odd }}|
{{ '  padded ' | trim }}|{{ 'xxaxx'.strip('x') }}|{{ 'aBc' | upper }}{{ 'aBc'.lower() }}{{ 'two words' | title }}|{{ [1, 2, 3] | length }} {{ [1, 2, 3] | last }} {{ ['a', 'b'] | join(', ') }}|
{{ 'abc'[1] }} {{ 'abc'[-1] }} {{ 'héllo'[1:3] }} {{ messages[1:] | length }} {{ messages[-1].role }}|{{ '\\u0041' if false else 'ü"\\'q' | tojson }} {{ 'a/b'.split('/') | tojson }} {{ missing | default('d') }}|
{{ 'abc'.startswith('ab') }} {{ 'abc'.endswith('ab') }} {{ 'abc'.replace('b', 'x') }} {{ 'abc' | replace('c', '') }} {{ messages[0].get('role') }} {{ messages[0].get('x', 'none') }} {{ true == 1 }}""",
    "loops": """{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{% if loop.previtem is defined %}<{{ loop.previtem.role }}{% endif %}{% set seen = m.role %};"""
             """{% for c in [1, 2, 3, 4] %}{% if c == 2 %}{% continue %}{% elif c == 4 %}{% break %}{% endif %}{{ c }}{{ loop.index }}{% endfor %}{% endfor %}{{ seen }}{{ m }}{% set ns = namespace(n=0) %}"""
             """{% for m in messages %}{% set ns.n = ns.n + loop.index %}{% endfor %}{{ ns.n }}""",
    "macro": """{% macro put(m) %}{{ m.content }}{% endmacro %}{% for m in messages %}{{ put(m) }}{% endfor %}""",
    "a filter outside the subset": """{% for m in messages | groupby('role') %}{{ m }}{% endfor %}""",
    "an object": """{{ {'a': 1} | tojson }}""",
    "members of an object": """{% for key, value in messages[0].items() %}{{ key }}{% endfor %}""",
}
REFUSED = {"macro": "macro", "a filter outside the subset": "groupby", "an object": "objects", "members of an object": "items"}
CONVERSATIONS = [
    [("user", "Hello")],
    [("system", "Be brief."), ("user", "  What is 2+2?\n")],
    [("user", "Hi"), ("assistant", " Hello there. "), ("user", "日本語 😀 {{ x }} {% y %}")],
    [("system", "S"), ("user", "a"), ("assistant", "<think>\nhm\n</think>\n\nb"), ("user", "c"), ("assistant", "<think>deep</think>d")],
    [("assistant", "first")],
    [("user", "")],
]


def main():
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()), bos_token="<s>", eos_token="</s>")
    cases = []
    for name, template in TEMPLATES.items():
        results = []
        for conversation in CONVERSATIONS:
            messages = [{"role": role, "content": content} for role, content in conversation]
            for prompt in (False, True):
                try:
                    results.append(tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False, add_generation_prompt=prompt))
                except Exception as problem:
                    assert "TemplateError" in str(type(problem)), (name, problem)
                    results.append({"raised": str(problem)})
        cases.append({"name": name, "template": template, "refused": REFUSED.get(name), "results": [] if name in REFUSED else results})
    golden = {"made_with": {"transformers": transformers.__version__}, "conversations": CONVERSATIONS, "cases": cases}
    (HERE / "chat.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
