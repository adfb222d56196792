with ranked_positions as (
    select
        portfolio_id,
        date,
        symbol,
        close,
        market_value,
        cost_basis,
        previous_value,
        row_number() over (
            partition by portfolio_id, date
            order by market_value desc, symbol asc
        ) as value_rank
    from {{ ref('int_portfolio_positions') }}
),

totals as (
    select
        portfolio_id,
        date,
        count(*) as position_count,
        count(close) as closes,
        count(previous_value) as previous_closes,
        sum(market_value) as market_value,
        sum(cost_basis) as cost_basis,
        sum(previous_value) as previous_value,
        max(market_value) as top_value,
        max(case when value_rank = 1 then symbol end) as top_symbol,
        array_join(
            array_sort(array_agg(symbol) filter (where close is null)), ','
        ) as missing_closes
    from ranked_positions
    group by portfolio_id, date
),

-- a sum over the closes that happen to be there would pass for the portfolio's value: none instead
complete as (
    select
        portfolio_id,
        date,
        missing_closes,
        closes = position_count as is_complete,
        closes = position_count and previous_closes = position_count as has_return,
        position_count,
        market_value,
        cost_basis,
        previous_value,
        top_symbol,
        top_value
    from totals
),

figures as (
    select
        portfolio_id,
        date,
        case when not is_complete then missing_closes end as missing_closes,
        case when is_complete then cast(position_count as integer) end as position_count,
        case when is_complete then cast(market_value as decimal(18, 6)) end as market_value,
        case when is_complete then cast(cost_basis as decimal(18, 6)) end as cost_basis,
        case
            when has_return then cast(market_value - previous_value as decimal(18, 6))
        end as daily_pnl,
        case
            when has_return
                then
                    cast(market_value - previous_value as double)
                    / nullif(cast(previous_value as double), 0e0)
        end as daily_return,
        case when is_complete then top_symbol end as top_symbol,
        case
            when is_complete
                then cast(top_value as double) / nullif(cast(market_value as double), 0e0)
        end as top_weight
    from complete
)

select
    portfolio_id,
    date,
    missing_closes,
    position_count,
    market_value,
    cost_basis,
    cast(market_value - cost_basis as decimal(18, 6)) as unrealized_pnl,
    daily_pnl,
    daily_return,
    top_symbol,
    top_weight
from figures
