with quotes as (
    select
        symbol,
        date,
        close
    from {{ ref('stg_fmp_quotes') }}
),

trading_days as (
    select distinct date
    from quotes
),

closes as (
    select
        symbol,
        date,
        close,
        -- the last close before the day, however long ago: days without one do not count
        lag(close) over (partition by symbol order by date) as previous_close
    from quotes
    where close is not null
),

holdings as (
    select
        portfolio_id,
        symbol,
        quantity,
        cost_basis_per_share,
        valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to
    from {{ ref('portfolio_holdings') }}
)

select
    holdings.portfolio_id,
    trading_days.date,
    holdings.symbol,
    closes.close,
    -- 6 + 6 decimal places in 38 digits leave 26 before the point, sums included
    cast(holdings.quantity * closes.close as decimal(38, 12)) as market_value,
    cast(holdings.quantity * holdings.cost_basis_per_share as decimal(38, 12)) as cost_basis,
    cast(holdings.quantity * closes.previous_close as decimal(38, 12)) as previous_value
from holdings
inner join trading_days
    on
        holdings.valid_from <= trading_days.date
        and holdings.valid_to > trading_days.date
left join closes
    on
        holdings.symbol = closes.symbol
        and trading_days.date = closes.date
