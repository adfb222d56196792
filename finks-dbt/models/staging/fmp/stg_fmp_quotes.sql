with source as (
    select * from {{ source('silver', 'fmp_quotes') }}
)

select
    symbol,
    date,
    open,
    high,
    low,
    close,
    volume,
    vwap,
    ingested_at,
    run_id
from source
