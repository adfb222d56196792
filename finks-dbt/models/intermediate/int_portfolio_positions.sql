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
        -- 20 and 18 digits multiply to 38, 12 of them behind the point: the most that there is
        cast(quantity as decimal(20, 6)) as quantity,
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
    holdings.quantity * closes.close as market_value,
    holdings.quantity * holdings.cost_basis_per_share as cost_basis,
    holdings.quantity * closes.previous_close as previous_value
from holdings
inner join trading_days
    on
        holdings.valid_from <= trading_days.date
        and holdings.valid_to > trading_days.date
left join closes
    on
        holdings.symbol = closes.symbol
        and trading_days.date = closes.date
