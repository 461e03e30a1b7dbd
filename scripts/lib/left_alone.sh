# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What tests/coverage/left_alone measures by, under build/left_alone; needs common.sh and venvs.sh.

LEFT_ALONE=$ROOT/build/left_alone
CLOVER_VERSION=4.5.2
COBERTURA_VERSION=2.1.1
# A runtime without an SDK. Microsoft's SDK, and with it coverlet, is in no registry but NuGet.
DOTNET_VERSION=3.1.23

fetch_left_alone() {
  local plugin=org.apache.maven.plugins:maven-dependency-plugin:3.6.1 asking=$LEFT_ALONE/asking
  mvn -q -B "$plugin:copy" "-Dartifact=org.openclover:clover:$CLOVER_VERSION" "-DoutputDirectory=$LEFT_ALONE/clover"
  mkdir -p "$asking"
  # Without tools.jar, which no JDK has had since 9.
  cat >"$asking/pom.xml" <<XML
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>covenv</groupId><artifactId>asking</artifactId><version>0</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>net.sourceforge.cobertura</groupId><artifactId>cobertura</artifactId><version>$COBERTURA_VERSION</version>
      <exclusions><exclusion><groupId>com.sun</groupId><artifactId>tools</artifactId></exclusion></exclusions>
    </dependency>
  </dependencies>
</project>
XML
  mvn -q -B -f "$asking/pom.xml" "$plugin:copy-dependencies" "-DoutputDirectory=$LEFT_ALONE/cobertura"
  "$VENVS/tools/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --dest "$asking" \
    "dotnetcore2==$DOTNET_VERSION"
  "$VENVS/tools/bin/python" -m zipfile -e "$asking"/*.whl "$asking"
  mv "$asking/dotnetcore2/bin" "$LEFT_ALONE/dotnet"
  chmod +x "$LEFT_ALONE/dotnet/dotnet"
  rm -r "$asking"
}

need_left_alone() {
  local wanted="$CLOVER_VERSION $COBERTURA_VERSION $DOTNET_VERSION"
  [[ -f $LEFT_ALONE/.stamp && $(<"$LEFT_ALONE/.stamp") == "$wanted" ]] && return
  rm -rf "$LEFT_ALONE"
  step "installing build/left_alone" left_alone fetch_left_alone
  printf '%s\n' "$wanted" >"$LEFT_ALONE/.stamp"
}
