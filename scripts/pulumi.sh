#!/usr/bin/env bash
# Runs the Pulumi CLI on a stack of finks-infrastructure:
#   scripts/pulumi.sh preview|up|destroy|refresh|outputs dev|staging|prod|local [PULUMI ARGUMENTS]
#   scripts/pulumi.sh ready STACK    only says what is missing
#
# What the command needs is looked at first, so that a failure says what to do: the stack's name,
# the CLI and its version, a login to the state backend, credentials for AWS, the policy pack's
# environment. Exit code 2: something is missing; else that of Pulumi.
set -euo pipefail
cd "$(dirname "$0")/../finks-infrastructure"
oldest=3.150.0
stacks="dev staging prod local"

fail() {
  echo "pulumi: $1" >&2
  exit 2
}

require_stack() {
  case " $stacks " in
    *" $stack "*) ;;
    *) fail "there is no stack '$stack'; STACK is one of ${stacks// /, }" ;;
  esac
}

require_cli() {
  command -v pulumi >/dev/null ||
    fail "the Pulumi CLI is not installed. Install $oldest or newer (https://www.pulumi.com/docs/install/; macOS: brew install pulumi; Linux: the archive of github.com/pulumi/pulumi/releases into a folder of PATH), then run this again. 'make infra-tree STACK=$stack' shows the stack without it"
  local version
  version=$(pulumi version 2>/dev/null) || fail "'pulumi version' fails; install the CLI again"
  version=${version#v}
  [ "$(printf '%s\n%s\n' "$oldest" "$version" | sort -V | head -1)" = "$oldest" ] ||
    fail "Pulumi $version is too old; install $oldest or newer (https://www.pulumi.com/docs/install/)"
}

require_login() {
  pulumi whoami --non-interactive >/dev/null 2>&1 ||
    fail "not logged in to a state backend: 'pulumi login s3://BUCKET?region=ca-central-1' (docs/aws/bring-up.md), or for a trial 'pulumi login --local'"
}

require_local_cloud() {
  local port
  port=$(grep -oE '127\.0\.0\.1:[0-9]+' Pulumi.local.yaml | head -1 | cut -d: -f2)
  (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null ||
    fail "the local cloud does not answer on 127.0.0.1:$port; 'make start' starts it. The port is that of finks-infrastructure/Pulumi.local.yaml; if FINKS_CLOUD_PORT names another, change it there (docs/aws/local-stack.md)"
}

# The stack `local` has its credentials, which are made up, in its configuration.
require_credentials() {
  [ "$stack" = local ] && { require_local_cloud && return; }
  [ -n "${AWS_ACCESS_KEY_ID:-}${AWS_PROFILE:-}${AWS_WEB_IDENTITY_TOKEN_FILE:-}${AWS_ROLE_ARN:-}" ] && return
  [ -n "${AWS_CONTAINER_CREDENTIALS_RELATIVE_URI:-}${AWS_CONTAINER_CREDENTIALS_FULL_URI:-}" ] && return
  [ -f "${AWS_SHARED_CREDENTIALS_FILE:-$HOME/.aws/credentials}" ] && return
  [ -f "${AWS_CONFIG_FILE:-$HOME/.aws/config}" ] && return
  grep -qE '^environment:' "Pulumi.$stack.yaml" && return # ESC opens them
  fail "no AWS credentials: 'aws sso login' with AWS_PROFILE set, or an ESC environment (docs/aws/bring-up.md)"
}

select_stack() {
  pulumi stack select "$stack" --non-interactive >/dev/null 2>&1 ||
    fail "the backend knows no stack $stack: 'cd finks-infrastructure && pulumi stack init $stack' with the secrets provider of docs/aws/bring-up.md"
}

# The rules run before anything changes; a pack without its environment is an error, not a skip.
policy_pack() {
  [ -f policies/PulumiPolicy.yaml ] || fail "policies/PulumiPolicy.yaml is missing; restore it from git"
  [ -x policies/.venv/bin/python ] ||
    fail "the policy pack has no environment; 'scripts/setup.sh finks-infrastructure/policies' makes it"
  echo policies
}

require_arguments() {
  [ $# -ge 2 ] || fail "usage: scripts/pulumi.sh preview|up|destroy|refresh|outputs|ready STACK [ARGUMENTS]"
}

require_arguments "$@"
command=$1 stack=$2
shift 2
require_stack
require_cli
require_login
select_stack
case $command in
  preview | up)
    require_credentials
    pack=$(policy_pack)
    exec pulumi "$command" --stack "$stack" --policy-pack "$pack" "$@"
    ;;
  destroy | refresh)
    require_credentials
    exec pulumi "$command" --stack "$stack" "$@"
    ;;
  ready) require_credentials ;;
  outputs) exec pulumi stack output --json --stack "$stack" "$@" ;;
  *) fail "there is no command '$command'; use preview, up, destroy, refresh, outputs or ready" ;;
esac
