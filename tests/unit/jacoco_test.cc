// SPDX-License-Identifier: MIT
#include "shim/core/jacoco.h"

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

}  // namespace
}  // namespace covenv
