// SPDX-License-Identifier: MIT
public class Start {
  public static void main(String[] command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().clear();
    builder.environment().put("OTHER", "1");
    System.exit(builder.start().waitFor());
  }
}
