{%- set so_far -%}
    partition by portfolio_id order by date
    rows between unbounded preceding and current row
{%- endset -%}

with valuations as (
    select
        portfolio_id,
        date,
        missing_closes,
        position_count,
        market_value,
        cost_basis,
        unrealized_pnl,
        daily_pnl,
        daily_return,
        top_symbol,
        top_weight,
        daily_return is not null as has_return,
        1e0 + coalesce(daily_return, 0e0) as growth
    from {{ ref('int_portfolio_valuations') }}
),

-- The product of the growths as the exponential of a sum of logarithms, which errs by some 1e-16 a
-- day, as a product would; a portfolio that lost everything has no logarithm and stays at nothing.
indexed as (
    select
        *,
        case
            when market_value is null then null
            when min(growth) over ({{ so_far }}) <= 0e0 then 0e0
            else exp(sum(ln(case when growth > 0e0 then growth else 1e0 end)) over ({{ so_far }}))
        end as return_index,
        count(daily_return) over ({{ so_far }}) as returns_so_far,
        case
            when has_return
                then stddev_samp(daily_return) over (
                    partition by portfolio_id, has_return order by date
                    rows between 19 preceding and current row
                ) * sqrt(252e0)
        end as volatility
    from valuations
),

chained as (
    select
        *,
        max(return_index) over ({{ so_far }}) as running_maximum,
        -- a day without a return of its own has the volatility of the last day that has one
        max(volatility) over (partition by portfolio_id, returns_so_far) as last_volatility
    from indexed
)

select
    portfolio_id,
    date,
    missing_closes,
    market_value,
    cost_basis,
    unrealized_pnl,
    daily_pnl,
    daily_return,
    return_index - 1e0 as cumulative_return,
    return_index / nullif(running_maximum, 0e0) - 1e0 as drawdown,
    case
        when market_value is not null and returns_so_far >= 20 then last_volatility
    end as volatility_20d,
    position_count,
    top_symbol,
    top_weight
from chained
