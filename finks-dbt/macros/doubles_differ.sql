{#- Whether two doubles, or nulls, differ by more than the rounding of another order of sums. -#}
{% macro doubles_differ(left, right) -%}
    coalesce(abs({{ left }} - {{ right }}) > 1e-9, ({{ left }} is null) <> ({{ right }} is null))
{%- endmacro %}
