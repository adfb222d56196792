{#- The market's "now" as a timestamp without zone: midnight of FINKS_TODAY where that is set (a
    replay of the past), else the wall clock of New York. -#}
{% macro market_now() -%}
    {%- set today = env_var('FINKS_TODAY', '') -%}
    {%- if today -%}
        cast(date '{{ today }}' as timestamp)
    {%- else -%}
        cast(current_timestamp at time zone 'America/New_York' as timestamp)
    {%- endif -%}
{%- endmacro %}
