# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What tests/coverage/other_tools measures by, under build/other_tools; needs common.sh and venvs.sh.

OTHER_TOOLS=$ROOT/build/other_tools
CLOVER_VERSION=4.5.2
COBERTURA_VERSION=2.1.1
KOVER_VERSION=0.9.1
# A runtime without an SDK. Microsoft's SDK, and with it coverlet, is in no registry but NuGet.
DOTNET_VERSION=3.1.23

fetch_other_tools() {
  local plugin=org.apache.maven.plugins:maven-dependency-plugin:3.6.1 asking=$OTHER_TOOLS/asking
  mvn -q -B "$plugin:copy" "-Dartifact=org.openclover:clover:$CLOVER_VERSION" "-DoutputDirectory=$OTHER_TOOLS/clover"
  mvn -q -B "$plugin:copy" "-Dartifact=org.jetbrains.kotlinx:kover-jvm-agent:$KOVER_VERSION" \
    "-DoutputDirectory=$OTHER_TOOLS/kover"
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
  mvn -q -B -f "$asking/pom.xml" "$plugin:copy-dependencies" "-DoutputDirectory=$OTHER_TOOLS/cobertura"
  "$VENVS/tools/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --dest "$asking" \
    "dotnetcore2==$DOTNET_VERSION"
  "$VENVS/tools/bin/python" -m zipfile -e "$asking"/*.whl "$asking"
  mv "$asking/dotnetcore2/bin" "$OTHER_TOOLS/dotnet"
  chmod +x "$OTHER_TOOLS/dotnet/dotnet"
  rm -r "$asking"
}

need_other_tools() {
  local wanted="$CLOVER_VERSION $COBERTURA_VERSION $KOVER_VERSION $DOTNET_VERSION"
  [[ -f $OTHER_TOOLS/.stamp && $(<"$OTHER_TOOLS/.stamp") == "$wanted" ]] && return
  rm -rf "$OTHER_TOOLS"
  step "installing build/other_tools" other_tools fetch_other_tools
  printf '%s\n' "$wanted" >"$OTHER_TOOLS/.stamp"
}
