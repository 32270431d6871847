package io.fluxkeeper.server;

import io.fluxkeeper.client.ChildrenSpec;
import io.fluxkeeper.client.FluxkeeperClient;
import java.time.Duration;

/** Lists the children of a znode in a process of its own, whose heap its starter bounds; prints how many there were. */
final class ListingProcess {
    private ListingProcess() {}

    /** @param args address and path */
    public static void main(String[] args) {
        FluxkeeperClient client = FluxkeeperClient.builder()
                .addresses(args[0])
                .withoutSession()
                .connect()
                .block(Duration.ofSeconds(60));
        long count = 0;
        String last = "";
        for (String name :
                client.childNames(ChildrenSpec.of(args[1]).asOfOneMoment()).toIterable(256)) {
            if (name.compareTo(last) <= 0) {
                throw new IllegalStateException(name + " came after " + last);
            }
            last = name;
            count++;
        }
        client.close().block(Duration.ofSeconds(10));
        System.out.println(count + " names");
        System.exit(0);
    }
}
