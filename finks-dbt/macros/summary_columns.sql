{#- Name and type of each figure of daily_portfolio_summary, in the order of the table. -#}
{% macro summary_figures() -%}
    {{ return([
        ('market_value', 'decimal(18, 6)'),
        ('cost_basis', 'decimal(18, 6)'),
        ('unrealized_pnl', 'decimal(18, 6)'),
        ('daily_pnl', 'decimal(18, 6)'),
        ('daily_return', 'double'),
        ('cumulative_return', 'double'),
        ('drawdown', 'double'),
        ('volatility_20d', 'double'),
        ('position_count', 'integer'),
        ('top_symbol', 'varchar'),
        ('top_weight', 'double'),
    ]) }}
{%- endmacro %}


{#- Whether a figure of two rows differs: doubles by more than rounding, all else by anything. -#}
{% macro figures_differ(left, right) -%}
    {%- for name, type in summary_figures() %}
        {%- if not loop.first %} or {% endif -%}
        {%- if type == 'double' -%}
            coalesce(
                abs({{ left }}.{{ name }} - {{ right }}.{{ name }}) > 1e-9,
                ({{ left }}.{{ name }} is null) <> ({{ right }}.{{ name }} is null)
            )
        {%- else -%}
            {{ left }}.{{ name }} is distinct from {{ right }}.{{ name }}
        {%- endif -%}
    {%- endfor %}
{%- endmacro %}
