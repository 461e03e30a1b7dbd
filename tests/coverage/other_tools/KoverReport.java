// SPDX-License-Identifier: MIT
import com.intellij.rt.coverage.data.LineData;
import com.intellij.rt.coverage.util.ProjectDataLoader;
import java.io.File;

/** Prints the lines of the server in the data of Kover's agent, which the agent's own code reads. */
public class KoverReport {
    public static void main(String[] arguments) {
        for (Object line : ProjectDataLoader.load(new File(arguments[0])).getClassData("Server").getLines()) {
            if (line != null) {
                System.out.println(((LineData) line).getLineNumber() + " " + ((LineData) line).getHits());
            }
        }
    }
}
