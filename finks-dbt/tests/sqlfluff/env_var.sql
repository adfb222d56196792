{#- dbt's env_var() for sqlfluff, which lints the models without dbt: every variable is a date. -#}
{% macro env_var(name, default='') %}{{ default or '2013-03-01' }}{% endmacro %}
