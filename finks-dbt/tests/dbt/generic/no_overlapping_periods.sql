{% test no_overlapping_periods(model, key, valid_from, valid_to) %}

{#- Periods of one key that begin before the one before them has ended (its end is exclusive).

    A period that overlaps a later one overlaps the next one too: to compare neighbours is enough. -#}
with periods as (
    select
        {{ key | join(', ') }},
        {{ valid_from }},
        {{ valid_to }},
        lead({{ valid_from }}) over (
            partition by {{ key | join(', ') }}
            order by {{ valid_from }}
        ) as next_valid_from
    from {{ model }}
)

select *
from periods
where next_valid_from < coalesce({{ valid_to }}, date '9999-12-31')

{% endtest %}
