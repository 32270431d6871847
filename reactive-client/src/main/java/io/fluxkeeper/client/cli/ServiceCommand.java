package io.fluxkeeper.client.cli;

import io.fluxkeeper.client.SessionExpiredException;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParentCommand;

/** A command that asks the service something and prints the answer. */
abstract class ServiceCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Surroundings surroundings;

    /** @return the exit code; a failure is thrown, and reported by {@link Failures} */
    @Override
    public final Integer call() throws InterruptedException {
        Service service = surroundings().service();
        int code;
        try {
            code = run(service);
        } catch (SessionExpiredException over) {
            service.forgetClient();
            throw over;
        }
        surroundings().console().out().flush();
        return code;
    }

    abstract int run(Service service) throws InterruptedException;

    final Surroundings surroundings() {
        if (surroundings == null) {
            throw new IllegalStateException("a command runs inside a command line");
        }
        return surroundings;
    }

    /** Prints the answer in the form that was asked for. @param text may have several lines, or none at all */
    final void print(Supplier<String> text, Supplier<JsonLine> json) {
        surroundings()
                .console()
                .out()
                .println(surroundings().json() ? json.get().toString() : text.get());
    }

    /** Whether nobody reads any more what is printed, as behind {@code | head}. Flushes. */
    final boolean isOutputClosed() {
        return surroundings().console().out().checkError();
    }
}
