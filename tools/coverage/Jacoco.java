import java.io.File;
import java.io.FileOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.HashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jacoco.core.analysis.Analyzer;
import org.jacoco.core.analysis.CoverageBuilder;
import org.jacoco.core.data.ExecutionDataStore;
import org.jacoco.core.data.SessionInfoStore;
import org.jacoco.core.instr.Instrumenter;
import org.jacoco.core.runtime.LoggerRuntime;
import org.jacoco.core.runtime.RuntimeData;
import org.jacoco.report.DirectorySourceFileLocator;
import org.jacoco.report.IReportVisitor;
import org.jacoco.report.xml.XMLFormatter;

/** Runs a main class under JaCoCo's core and writes JaCoCo's XML: Jacoco CLASSES SOURCES MAIN REPORT. Debian's package has no agent that starts. */
public class Jacoco {
    static class Loader extends ClassLoader {
        final Map<String, byte[]> classes = new HashMap<>();

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            byte[] code = classes.get(name);
            return code == null ? super.loadClass(name, resolve) : defineClass(name, code, 0, code.length);
        }
    }

    public static void main(String[] args) throws Exception {
        Path classes = Path.of(args[0]);
        LoggerRuntime runtime = new LoggerRuntime();
        Instrumenter instrumenter = new Instrumenter(runtime);
        Loader loader = new Loader();
        List<Path> files;
        try (Stream<Path> all = Files.walk(classes)) {
            files = all.filter(f -> f.toString().endsWith(".class")).sorted().collect(Collectors.toList());
        }
        for (Path file : files) {
            String name = classes.relativize(file).toString().replace(File.separatorChar, '.').replaceAll("\\.class$", "");
            loader.classes.put(name, instrumenter.instrument(Files.readAllBytes(file), name));
        }
        RuntimeData data = new RuntimeData();
        runtime.startup(data);
        loader.loadClass(args[2]).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        ExecutionDataStore hits = new ExecutionDataStore();
        SessionInfoStore sessions = new SessionInfoStore();
        data.collect(hits, sessions, false);
        runtime.shutdown();
        CoverageBuilder builder = new CoverageBuilder();
        new Analyzer(hits, builder).analyzeAll(classes.toFile());
        try (FileOutputStream out = new FileOutputStream(args[3])) {
            IReportVisitor visitor = new XMLFormatter().createVisitor(out);
            visitor.visitInfo(List.of(), hits.getContents());
            visitor.visitBundle(builder.getBundle("shop"), new DirectorySourceFileLocator(new File(args[1]), "utf-8", 4));
            visitor.visitEnd();
        }
    }
}
