{#- The published daily_portfolio_summary, or none before its first build and under --full-refresh.

    Its candidate compares itself with it, and it is built from the candidate: a ref() would close
    a circle, so the relation is looked up by name. -#}
{% macro published_summary() -%}
    {%- if execute and not flags.FULL_REFRESH -%}
        {{ return(adapter.get_relation(
            database=target.database,
            schema=target.schema ~ '_gold',
            identifier='daily_portfolio_summary'
        )) }}
    {%- else -%}
        {{ return(none) }}
    {%- endif -%}
{%- endmacro %}
