{#- Held symbols without a close on a trading day. Their portfolio has no row for the day until the
    close arrives; the other days and portfolios are published, so this warns and does not stop. -#}
{{ config(severity='warn') }}

select
    candidate.portfolio_id,
    candidate.date,
    missing.symbol
from {{ ref('daily_portfolio_summary_candidate') }} as candidate
cross join unnest(split(candidate.missing_closes, ',')) as missing (symbol)
where candidate.status = 'blocked'
