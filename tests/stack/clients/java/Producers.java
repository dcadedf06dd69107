import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The producers of the Java client: plain, of large requests, idempotent and transactional. */
final class Producers {
    private Producers() {}

    static void run(String verb, List<String> rest) throws Exception {
        switch (verb) {
            case "produce" -> produce(settings("enable.idempotence", "false"), 3, 0, rest);
            case "idempotent" -> produce(settings("enable.idempotence", "true"), 3, 0, rest);
            case "large" -> large(Integer.parseInt(rest.get(0)), rest.subList(1, rest.size()));
            case "goes-on" -> goesOn(rest.get(0), rest.get(1), Integer.parseInt(rest.get(2)));
            case "transactional" -> transactional(rest.get(0), rest.get(1));
            case "aborts" -> aborts(rest.get(0), rest.get(1), rest.get(2));
            default -> throw new IllegalArgumentException(verb);
        }
    }

    private static Properties settings(String... more) {
        Properties settings = Shown.settings(more);
        settings.putIfAbsent("linger.ms", "300"); // so that one request has all topics
        settings.put("max.block.ms", "10000");
        return settings;
    }

    private static KafkaProducer<byte[], byte[]> producer(Properties settings) {
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static Future<RecordMetadata> send(KafkaProducer<byte[], byte[]> producer,
            String topic, byte[] value) {
        return producer.send(new ProducerRecord<>(topic, 0, null, value));
    }

    // `count` records to partition 0 of each topic, and what became of them.
    private static void produce(Properties settings, int count, int size, List<String> topics)
            throws Exception {
        Map<String, List<Future<RecordMetadata>>> sent = new LinkedHashMap<>();
        try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
            // The metadata of each first, or the first topic's batch is gone before the last's.
            for (String topic : topics) {
                try {
                    producer.partitionsFor(topic);
                } catch (KafkaException error) {
                    Shown.failed(topic, error);
                    continue;
                }
                sent.put(topic, new ArrayList<>());
            }
            Map<String, List<byte[]>> values = new HashMap<>(); // made before the first is sent
            for (String topic : sent.keySet()) {
                values.put(topic, new ArrayList<>());
                for (int n = 0; n < count; ++n) values.get(topic).add(value(topic, n, size));
            }
            for (int n = 0; n < count; ++n) {
                for (var entry : sent.entrySet()) {
                    String topic = entry.getKey();
                    try {
                        entry.getValue().add(send(producer, topic, values.get(topic).get(n)));
                    } catch (KafkaException error) {
                        Shown.failed(topic, error);
                    }
                }
            }
            producer.flush();
            for (var entry : sent.entrySet()) told(entry.getKey(), entry.getValue());
        }
    }

    private static byte[] value(String topic, int n, int size) {
        StringBuilder text = new StringBuilder(topic + " " + n);
        while (text.length() < size) text.append("abcdefgh".charAt(text.length() % 8));
        return Shown.bytes(text.toString());
    }

    private static void told(String topic, List<Future<RecordMetadata>> sent) throws Exception {
        for (int n = 0; n < sent.size(); ++n) {
            try {
                Shown.print("what", topic, "offset", sent.get(n).get().offset(), "number", n);
            } catch (ExecutionException error) {
                Shown.failed(topic, error);
            }
        }
    }

    // One record of that size to each topic, all in one request.
    private static void large(int size, List<String> topics) throws Exception {
        produce(settings("max.request.size", String.valueOf(16 << 20), "batch.size",
                String.valueOf(2 * size), "compression.type", "none", "linger.ms", "1000"), 1, size, topics);
    }

    // An idempotent producer that writes to both, over and over, and goes on when one is denied.
    private static void goesOn(String granted, String denied, int rounds) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                producer(settings("enable.idempotence", "true", "linger.ms", "5"))) {
            List<Future<RecordMetadata>> passed = new ArrayList<>();
            List<Future<RecordMetadata>> refused = new ArrayList<>();
            for (int n = 0; n < rounds; ++n) {
                passed.add(send(producer, granted, Shown.bytes("goes on " + n)));
                if (n % 10 == 3) refused.add(send(producer, denied, Shown.bytes("never " + n)));
                if (n % 10 == 9) producer.flush();
            }
            producer.flush();
            told(granted, passed);
            told(denied, refused);
        }
    }

    private static void transactional(String id, String topic) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(settings("transactional.id", id))) {
            producer.initTransactions();
            producer.beginTransaction();
            send(producer, topic, Shown.bytes("in a transaction"));
            producer.commitTransaction();
            Shown.done(id);
        } catch (KafkaException error) {
            Shown.failed(id, error);
        }
    }

    // One transaction that has a denied record, and is aborted; then one that has none.
    private static void aborts(String id, String granted, String denied) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(settings("transactional.id", id))) {
            producer.initTransactions();
            producer.beginTransaction();
            send(producer, granted, Shown.bytes("aborted"));
            Future<RecordMetadata> refused = send(producer, denied, Shown.bytes("never"));
            try {
                producer.commitTransaction();
                Shown.done("first commit");
            } catch (KafkaException error) {
                Shown.failed("first commit", error);
                producer.abortTransaction();
                Shown.done("abort");
            }
            told(denied, List.of(refused));
            producer.beginTransaction();
            send(producer, granted, Shown.bytes("committed"));
            producer.commitTransaction();
            Shown.done("second commit");
        }
    }
}
