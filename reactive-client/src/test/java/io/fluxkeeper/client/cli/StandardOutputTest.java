package io.fluxkeeper.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A print stream tells nobody why it could not print. */
class StandardOutputTest {
    @Test
    void writesWhatItIsGiven() {
        ByteArrayOutputStream target = new ByteArrayOutputStream();
        StandardOutput output = new StandardOutput(target);

        print(output, "a line");

        assertThat(target.toString(StandardCharsets.UTF_8)).isEqualTo("a line");
        assertThat(output.lost()).isNull();
    }

    @Test
    void saysWhyOutputWasLost() {
        StandardOutput output = new StandardOutput(failing("No space left on device"));

        print(output, "a line");

        assertThat(output.lost()).isEqualTo("No space left on device");
    }

    @Test
    void nothingIsLostWhenTheReaderWantsNoMore() {
        StandardOutput output = new StandardOutput(failing("Broken pipe"));

        print(output, "a line");

        assertThat(output.lost()).isNull();
    }

    private static void print(StandardOutput output, String text) {
        PrintStream stream = new PrintStream(new BufferedOutputStream(output), false, StandardCharsets.UTF_8);
        stream.print(text);
        stream.flush();
    }

    private static OutputStream failing(String why) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(why);
            }
        };
    }
}
