# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# JaCoCo's agent and its command line, from Maven, under build/jacoco; needs common.sh.

JACOCO=$ROOT/build/jacoco
JACOCO_VERSION=0.8.15

fetch_jacoco() {
  local copy=(mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy "-DoutputDirectory=$JACOCO" -Dmdep.stripVersion=true)
  "${copy[@]}" "-Dartifact=org.jacoco:org.jacoco.agent:$JACOCO_VERSION:jar:runtime"
  "${copy[@]}" "-Dartifact=org.jacoco:org.jacoco.cli:$JACOCO_VERSION:jar:nodeps"
  mv "$JACOCO/org.jacoco.agent-runtime.jar" "$JACOCO/agent.jar"
  mv "$JACOCO/org.jacoco.cli-nodeps.jar" "$JACOCO/cli.jar"
}

need_jacoco() {
  [[ -f $JACOCO/.stamp && $(<"$JACOCO/.stamp") == "$JACOCO_VERSION" ]] && return
  mkdir -p "$JACOCO"
  step "installing build/jacoco" jacoco fetch_jacoco
  printf '%s\n' "$JACOCO_VERSION" >"$JACOCO/.stamp"
}
