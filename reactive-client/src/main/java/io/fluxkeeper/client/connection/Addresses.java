package io.fluxkeeper.client.connection;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * The peers' addresses in this client's own order, gone round in circles. The order is shuffled once, so that the
 * clients of an ensemble spread over its peers. Touched by the client's loop only.
 */
public final class Addresses {
    private final List<Address> order;
    private int next;

    public Addresses(List<Address> addresses, Random random) {
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("at least one address is needed");
        }
        this.order = new ArrayList<>(addresses);
        Collections.shuffle(order, random);
    }

    /** The next one; after the last comes the first again. */
    public Address next() {
        Address address = order.get(next);
        next = (next + 1) % order.size();
        return address;
    }

    public int size() {
        return order.size();
    }
}
