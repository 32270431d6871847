package io.fluxkeeper.core.binary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** The form in which peers and disks see numbers; another one could not read what was stored. */
class BinaryFormTest {
    @Test
    void theHighByteComesFirst() {
        BinaryWriter out = new BinaryWriter();
        out.writeByte(0xff).writeInt(0x01020384).writeLong(0xf102030405060788L).writeInt(-1);
        out.setInt(13, 0x7f000001);

        assertThat(out.toByteArray())
                .inHexadecimal()
                .isEqualTo(bytes(0xff, 1, 2, 3, 0x84, 0xf1, 2, 3, 4, 5, 6, 7, 0x88, 0x7f, 0, 0, 1));
    }

    @Test
    void whatWasWrittenIsReadAlsoFromTheMiddleOfAnArray() {
        BinaryWriter out = new BinaryWriter(16);
        for (int i = 0; i < 100; i++) { // beyond the room it begins with
            out.writeInt(Integer.MIN_VALUE + i).writeLong(Long.MAX_VALUE - i).writeByte(i);
        }

        BinaryReader in = new BinaryReader(out.array(), 13, out.size() - 13);
        for (int i = 1; i < 100; i++) {
            assertThat(in.readInt()).isEqualTo(Integer.MIN_VALUE + i);
            assertThat(in.readLong()).isEqualTo(Long.MAX_VALUE - i);
            assertThat(in.readByte()).isEqualTo(i);
        }
        in.requireEnd();
    }

    @Test
    void nothingIsReadBehindTheEndAlsoWhereTheArrayGoesOn() {
        byte[] array = new byte[16];

        assertThatThrownBy(() -> new BinaryReader(array, 0, 7).readLong())
                .isInstanceOf(MalformedBytesException.class)
                .hasMessage("wanted 8 bytes, 7 are left");
        assertThatThrownBy(() -> new BinaryReader(array, 4, 3).readInt())
                .isInstanceOf(MalformedBytesException.class)
                .hasMessage("wanted 4 bytes, 3 are left");
    }

    @Test
    void aGreatValueDoesNotHoldItsRoom() {
        BinaryWriter out = new BinaryWriter(16);
        out.writeRaw(new byte[1000], 0, 1000);

        out.clear();
        assertThat(out.array()).hasSizeGreaterThanOrEqualTo(1000);
        out.clear(100);

        assertThat(out.array()).hasSize(100);
        assertThat(out.writeInt(7).toByteArray()).isEqualTo(bytes(0, 0, 0, 7));
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }
}
