package io.fluxkeeper.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fluxkeeper.core.Zxid;
import io.fluxkeeper.core.protocol.ApiCodec;
import io.fluxkeeper.core.protocol.EventType;
import io.fluxkeeper.core.protocol.WatchItem;
import io.fluxkeeper.core.znode.ZnodePath;
import io.netty.buffer.ByteBufAllocator;
import io.rsocket.Payload;
import org.junit.jupiter.api.Test;

class MessageEncoderTest {
    private static final ApiCodec CBOR = ApiCodec.of(ApiCodec.Format.CBOR);
    private static final ApiCodec JSON = ApiCodec.of(ApiCodec.Format.JSON);

    private final MessageEncoder encoder = new MessageEncoder();

    @Test
    void theSameObjectIsEncodedOnceAndGivesTheSameBytesInABufferOfItsOwn() {
        byte[] data = new byte[10];
        WatchItem item = changed(1, data);
        byte[] expected = CBOR.write(item);

        assertThat(shared(item, CBOR)).isEqualTo(expected);
        data[0] = 1; // nobody does that: it would show if the object were read again
        assertThat(shared(item, CBOR)).isEqualTo(expected);
    }

    @Test
    void anotherObjectAnotherFormatAndALargeOneAreEncodedAnew() {
        WatchItem first = changed(1, new byte[10]);
        WatchItem second = changed(2, new byte[10]);
        WatchItem large = changed(3, new byte[MessageEncoder.KEPT_BYTES_MAX + 1]);

        for (WatchItem item : new WatchItem[] {first, second, large, second, large, large, first}) {
            assertThat(shared(item, CBOR)).isEqualTo(CBOR.write(item));
            assertThat(shared(item, JSON)).isEqualTo(JSON.write(item));
        }
    }

    private byte[] shared(WatchItem item, ApiCodec codec) {
        Payload payload = encoder.encodeShared(item, codec, ByteBufAllocator.DEFAULT);
        byte[] bytes = new byte[payload.data().readableBytes()];
        payload.data().readBytes(bytes);
        assertThat(payload.release()).isTrue();
        return bytes;
    }

    private static WatchItem changed(long zxid, byte[] data) {
        return new WatchItem.Changed(Zxid.of(1, zxid), 0, true, EventType.DATA_CHANGED, ZnodePath.of("/a"), null, data);
    }
}
