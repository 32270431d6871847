package io.fluxkeeper.core.simulation.mutant;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Loads all of core anew, with the classes of a mutant in place of the real ones. */
final class MutantLoader extends ClassLoader {
    private static final String CORE = "io.fluxkeeper.core.";
    private static final Path SOURCES =
            Path.of(System.getProperty("basedir", ".")).resolve("src/main/java/io/fluxkeeper/core");

    private final Map<String, ByteArrayOutputStream> changed;

    private MutantLoader(Map<String, ByteArrayOutputStream> changed) {
        super(MutantLoader.class.getClassLoader());
        this.changed = changed;
    }

    /** A function of the algorithm's name and a seed: what was caught, as the checker and its sentence; or null. */
    @SuppressWarnings("unchecked")
    static BiFunction<String, Long, String> probe(Mutant mutant) {
        try {
            MutantLoader loader = new MutantLoader(compile(mutant));
            return (BiFunction<String, Long, String>) loader.loadClass(CORE + "simulation.SeedProbe")
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The changed sources by file. @throws IllegalStateException if an edit does not fit the source any more */
    static Map<String, String> sources(Mutant mutant) {
        Map<String, String> sources = new TreeMap<>();
        for (Mutant.Edit edit : mutant.edits()) {
            String source = sources.computeIfAbsent(edit.file(), MutantLoader::read);
            int at = source.indexOf(edit.find());
            if (at < 0 || source.indexOf(edit.find(), at + 1) >= 0) {
                throw new IllegalStateException("mutant '" + mutant.name() + "' is to change what is not there once in "
                        + edit.file() + ": " + edit.find());
            }
            sources.put(edit.file(), source.replace(edit.find(), edit.replacement()));
        }
        return sources;
    }

    private static String read(String file) {
        try {
            return Files.readString(SOURCES.resolve(file + ".java"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, ByteArrayOutputStream> compile(Mutant mutant) {
        List<JavaFileObject> units = new ArrayList<>();
        sources(mutant).forEach((file, source) -> units.add(new Source(file, source)));
        Map<String, ByteArrayOutputStream> classes = new TreeMap<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StandardJavaFileManager standard = compiler.getStandardFileManager(null, null, null);
        StringWriter messages = new StringWriter();
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> options = List.of("-proc:none", "-nowarn", "-Xlint:none", "-cp", path);
        boolean compiled = compiler.getTask(messages, new InMemory(standard, classes), null, options, null, units)
                .call();
        if (!compiled) {
            throw new IllegalStateException("mutant '" + mutant.name() + "' does not compile:\n" + messages);
        }
        return classes;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(CORE)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded == null) {
                byte[] bytes = changed.containsKey(name) ? changed.get(name).toByteArray() : original(name);
                loaded = defineClass(name, bytes, 0, bytes.length);
            }
            return loaded;
        }
    }

    private byte[] original(String name) throws ClassNotFoundException {
        try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String file, String text) {
            super(URI.create("string:///io/fluxkeeper/core/" + file + Kind.SOURCE.extension), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static final class InMemory extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, ByteArrayOutputStream> classes;

        InMemory(JavaFileManager standard, Map<String, ByteArrayOutputStream> classes) {
            super(standard);
            this.classes = classes;
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("mem:///" + name.replace('.', '/') + kind.extension), kind) {
                @Override
                public OutputStream openOutputStream() {
                    ByteArrayOutputStream out = new ByteArrayOutputStream();
                    classes.put(name, out);
                    return out;
                }
            };
        }
    }
}
