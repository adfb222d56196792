{#- What the next merge into daily_portfolio_summary would publish: its tests decide whether it may.

    Every figure follows from silver and the holdings alone. The rows that a run publishes begin, in
    each portfolio, at START_DATE or at the first day whose published row is not what it should be
    (a day that arrived late, a corrected price or holding), whichever is earlier. So it does not
    matter in which portions and in which order the days were run: the table is always the one
    that a rebuild from nothing (no START_DATE) gives.

    A row without figures takes the published row of its day away. -#}
{{ config(
    materialized='table',
    table_type='hive',
    format='parquet',
    write_compression='snappy'
) }}

{%- set start_date = '' if flags.FULL_REFRESH else env_var('START_DATE', '') %}
{%- set published_relation = published_summary() %}

with computed as (
    select * from {{ ref('int_portfolio_performance') }}
),

published as (
    select
        portfolio_id,
        date,
        market_value,
        cost_basis,
        unrealized_pnl,
        daily_pnl,
        daily_return,
        cumulative_return,
        drawdown,
        volatility_20d,
        position_count,
        top_symbol,
        top_weight
    {%- if published_relation %}
    from {{ published_relation }}
    {%- else %}
    from computed
    where false
    {%- endif %}
),

compared as (
    select
        computed.missing_closes,
        computed.market_value,
        computed.cost_basis,
        computed.unrealized_pnl,
        computed.daily_pnl,
        computed.daily_return,
        computed.cumulative_return,
        computed.drawdown,
        computed.volatility_20d,
        computed.position_count,
        computed.top_symbol,
        computed.top_weight,
        coalesce(computed.portfolio_id, published.portfolio_id) as portfolio_id,
        coalesce(computed.date, published.date) as date,
        computed.market_value is distinct from published.market_value
        or computed.cost_basis is distinct from published.cost_basis
        or computed.unrealized_pnl is distinct from published.unrealized_pnl
        or computed.daily_pnl is distinct from published.daily_pnl
        or computed.position_count is distinct from published.position_count
        or computed.top_symbol is distinct from published.top_symbol
        or {{ doubles_differ('computed.daily_return', 'published.daily_return') }}
        or {{ doubles_differ('computed.cumulative_return', 'published.cumulative_return') }}
        or {{ doubles_differ('computed.drawdown', 'published.drawdown') }}
        or {{ doubles_differ('computed.volatility_20d', 'published.volatility_20d') }}
        or {{ doubles_differ('computed.top_weight', 'published.top_weight') }}
            as is_different
    from computed
    full outer join published
        on
            computed.portfolio_id = published.portfolio_id
            and computed.date = published.date
),

bounded as (
    select
        *,
        min(case when is_different then date end) over (partition by portfolio_id)
            as first_difference
    from compared
)

select
    portfolio_id,
    date,
    case
        when market_value is not null then 'complete'
        when missing_closes is not null then 'blocked'
        else 'withdrawn'
    end as status,
    missing_closes,
    market_value,
    cost_basis,
    unrealized_pnl,
    daily_pnl,
    daily_return,
    cumulative_return,
    drawdown,
    volatility_20d,
    position_count,
    top_symbol,
    top_weight
from bounded
{%- if start_date %}
where
    date >= date '{{ start_date }}'
    or date >= first_difference
{%- endif %}
