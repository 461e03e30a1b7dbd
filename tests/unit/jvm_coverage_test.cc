// SPDX-License-Identifier: MIT
#include "shim/core/jvm_coverage.h"

#include <gtest/gtest.h>

namespace covenv {
namespace {

TEST(Jacoco, IsToldByItsAgent) {
  EXPECT_TRUE(starts_jacoco("-javaagent:/opt/jacocoagent.jar"));
  EXPECT_TRUE(starts_jacoco("-Xmx1g -javaagent:/opt/agent.jar=destfile=target/jacoco.exec"));
  EXPECT_TRUE(starts_jacoco("-Djacoco-agent.destfile=x.exec"));
  EXPECT_FALSE(starts_jacoco("-javaagent:/opt/opentelemetry.jar"));
  EXPECT_FALSE(starts_jacoco("-cp jacococli.jar -javaagent:/opt/other.jar"));
  EXPECT_FALSE(starts_jacoco("-jar jacococli.jar"));
  EXPECT_FALSE(starts_jacoco(""));
}

TEST(Jacoco, WritesNothingAtAnEndIfItIsTold) {
  EXPECT_FALSE(starts_jacoco("-javaagent:/opt/jacocoagent.jar=dumponexit=false"));
  EXPECT_TRUE(starts_jacoco("-javaagent:/opt/jacocoagent.jar=dumponexit=true"));
}

TEST(Jacoco, KeepsItsDataUnlessAClientFetchesThem) {
  EXPECT_TRUE(keeps_jacoco_data("-javaagent:/opt/jacocoagent.jar"));
  EXPECT_TRUE(keeps_jacoco_data("-javaagent:/opt/jacocoagent.jar=output=tcpclient"));
  EXPECT_FALSE(keeps_jacoco_data("-javaagent:/opt/jacocoagent.jar=output=tcpserver,port=0"));
  EXPECT_FALSE(keeps_jacoco_data("-javaagent:/opt/jacocoagent.jar=output=none"));
}

TEST(ToolsWithAHook, AreNamedByPathsAndAgents) {
  EXPECT_TRUE(names_tool_with_hook("/m2/org/openclover/clover/4.5.2/clover-4.5.2.jar:classes"));
  EXPECT_TRUE(names_tool_with_hook("-Dnet.sourceforge.cobertura.datafile=x.ser"));
  EXPECT_TRUE(names_tool_with_hook("-javaagent:/x/kover-jvm-agent-0.9.1.jar=file:args"));
  EXPECT_TRUE(names_tool_with_hook("-javaagent:/x/intellij-coverage-agent-1.0.760.jar=args"));
  EXPECT_FALSE(names_tool_with_hook("-javaagent:/opt/jacocoagent.jar"));
  EXPECT_FALSE(names_tool_with_hook(""));
}

TEST(ToolsWithAHook, AnAgentMeasuresAndAPathMayNot) {
  EXPECT_TRUE(starts_agent_with_hook("-javaagent:/x/kover-jvm-agent-0.9.1.jar=file:args"));
  EXPECT_TRUE(starts_agent_with_hook("-javaagent:/x/intellij-coverage-agent-1.0.760.jar=args"));
  EXPECT_FALSE(starts_agent_with_hook("/m2/kover-jvm-agent-0.9.1.jar:classes"));
  EXPECT_FALSE(starts_agent_with_hook("/m2/org/openclover/clover/4.5.2/clover-4.5.2.jar:classes"));
}

TEST(ToolsWithAHook, AreProvenByTheClassOfTheHook) {
  EXPECT_TRUE(is_of_tool_with_hook("com.atlassian.clover.recorder.BaseCoverageRecorder$1"));
  EXPECT_TRUE(is_of_tool_with_hook("net.sourceforge.cobertura.coveragedata.SaveTimer"));
  EXPECT_TRUE(is_of_tool_with_hook("com.intellij.rt.coverage.instrumentation.Instrumentator$1"));
  EXPECT_FALSE(is_of_tool_with_hook("java.util.logging.LogManager$Cleaner"));
  EXPECT_FALSE(is_of_tool_with_hook("com.intellij.rt.execution.application.AppMain$1"));
  EXPECT_FALSE(is_of_tool_with_hook("shop.cobertura.Hook"));
}

TEST(ToolsWithAHook, OneOfThemSleepsFirst) {
  EXPECT_TRUE(sleeps_before_writing("net.sourceforge.cobertura.coveragedata.SaveTimer"));
  EXPECT_FALSE(sleeps_before_writing("com.atlassian.clover.recorder.BaseCoverageRecorder$1"));
}

}  // namespace
}  // namespace covenv
