{#- A candidate row without figures (blocked or withdrawn) deletes the published row of its day. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    table_type='iceberg',
    format='parquet',
    write_compression='snappy',
    unique_key=['portfolio_id', 'date'],
    partitioned_by=['month(date)'],
    delete_condition='src.market_value is null',
    insert_condition='src.market_value is not null',
    on_schema_change='fail',
    table_properties={
        'optimize_rewrite_delete_file_threshold': '2',
        'vacuum_max_snapshot_age_seconds': '2592000',
        'vacuum_min_snapshots_to_keep': '10',
    }
) }}


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
from {{ ref('daily_portfolio_summary_candidate') }}
{%- if not is_incremental() %}
where market_value is not null
{%- endif %}
