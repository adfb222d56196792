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
{%- set figures = summary_figures() | map('first') | list %}

with computed as (
    select * from {{ ref('int_portfolio_performance') }}
),

published as (
    select
        portfolio_id,
        date,
        {{ figures | join(',\n        ') }}
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
        {%- for name, type in summary_figures() %}
        cast(computed.{{ name }} as {{ type }}) as {{ name }},
        {%- endfor %}
        coalesce(computed.portfolio_id, published.portfolio_id) as portfolio_id,
        coalesce(computed.date, published.date) as date,
        {{ figures_differ('computed', 'published') }} as is_different
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
    {{ figures | join(',\n    ') }}
from bounded
{%- if start_date %}
where date >= least(date '{{ start_date }}', coalesce(first_difference, date '{{ start_date }}'))
{%- endif %}
