{% test expression_is_true(model, expression) %}

{#- The rows for which an expression is false or null. -#}
select *
from {{ model }}
where not coalesce({{ expression }}, false)

{% endtest %}
