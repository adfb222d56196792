with source as (
    select * from {{ source('silver', 'fmp_company_profiles') }}
)

select
    symbol,
    date as observed_date,
    company_name,
    currency,
    exchange,
    exchange_full_name,
    sector,
    industry,
    country,
    market_cap,
    beta,
    full_time_employees,
    ipo_date,
    is_etf,
    is_actively_trading,
    is_adr,
    is_fund,
    ingested_at,
    run_id,
    date = max(date) over (partition by symbol) as is_latest
from source
