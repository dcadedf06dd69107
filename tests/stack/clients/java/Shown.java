import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Kafka's own Java client, and what it shows to whoever wrote a program with it: one JSON object a
 * line, the same as the other clients of this folder print (README.md). Producers are in
 * Producers.java.
 */
public final class Shown {
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private Shown() {}

    public static void main(String[] arguments) throws Exception {
        List<String> rest = Arrays.asList(arguments).subList(1, arguments.length);
        switch (arguments[0]) {
            case "fetch" -> fetch(Integer.parseInt(rest.get(0)), rest.subList(1, rest.size()));
            case "create" -> create(rest.get(0));
            case "join" -> join(rest.get(0), rest.get(1));
            case "metadata" -> metadata(rest);
            case "cluster" -> cluster();
            case "purge" -> purge(rest.get(0), Long.parseLong(rest.get(1)));
            case "reset" -> reset(rest.get(0), rest.get(1), Long.parseLong(rest.get(2)));
            case "member" -> member(rest.get(0), rest.subList(1, rest.size()));
            default -> Producers.run(arguments[0], rest);
        }
    }

    // -- What is printed.

    static void print(Object... pairs) {
        StringBuilder line = new StringBuilder("{");
        for (int n = 0; n < pairs.length; n += 2) {
            if (n > 0) line.append(", ");
            line.append(quoted(pairs[n].toString())).append(": ");
            Object value = pairs[n + 1];
            if (value instanceof Number || value instanceof Map) line.append(json(value));
            else line.append(quoted(String.valueOf(value)));
        }
        System.out.println(line.append("}"));
        System.out.flush();
    }

    private static String json(Object value) {
        if (!(value instanceof Map)) return value.toString();
        return ((Map<?, ?>) value).entrySet().stream()
                .map(entry -> quoted(entry.getKey().toString()) + ": " + entry.getValue())
                .collect(Collectors.joining(", ", "{", "}"));
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') out.append('\\').append(c);
            else if (c < 0x20 || c > 0x7e) out.append(String.format("\\u%04x", (int) c));
            else out.append(c);
        }
        return out.append('"').toString();
    }

    static void done(String what) {
        print("what", what, "done", 1);
    }

    static void failed(String what, Throwable error) {
        Throwable shown = error;
        String around = "";
        while (shown.getCause() != null && (shown instanceof ExecutionException
                || shown.getClass() == KafkaException.class)) {
            // A bare KafkaException says that something else went wrong before, and names it.
            if (!(shown instanceof ExecutionException)) around += "KafkaException: "
                    + shown.getMessage() + ", caused by: ";
            shown = shown.getCause();
        }
        print("what", what, "error", shown.getClass().getSimpleName(), "message",
                around + shown.getMessage());
    }

    static Properties settings(String... more) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", System.getenv("SLUICE_BOOTSTRAP"));
        settings.put("client.id", "java");
        for (int n = 0; n < more.length; n += 2) settings.put(more[n], more[n + 1]);
        return settings;
    }

    // -- Reading.

    private static KafkaConsumer<String, String> consumer(String... more) {
        return new KafkaConsumer<>(settings(more), new StringDeserializer(),
                new StringDeserializer());
    }

    static void print(ConsumerRecord<String, String> record) {
        print("what", record.topic(), "partition", record.partition(), "offset", record.offset(),
                "value", record.value());
    }

    // Each topic's partition 0, until it has given so many records or an error.
    private static void fetch(int count, List<String> topics) {
        try (KafkaConsumer<String, String> consumer = consumer("enable.auto.commit", "false")) {
            List<TopicPartition> parts =
                    topics.stream().map(topic -> new TopicPartition(topic, 0)).toList();
            consumer.assign(parts);
            parts.forEach(part -> consumer.seek(part, 0));
            Map<String, Integer> left = new HashMap<>();
            topics.forEach(topic -> left.put(topic, count));
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (!left.isEmpty() && System.nanoTime() < until) poll(consumer, left);
            left.keySet().forEach(topic -> print("what", topic, "error", "nothing"));
        }
    }

    private static void poll(KafkaConsumer<String, String> consumer, Map<String, Integer> left) {
        try {
            for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(500))) {
                print(record);
                left.computeIfPresent(record.topic(), (topic, n) -> n == 1 ? null : n - 1);
            }
        } catch (TopicAuthorizationException error) {
            for (String topic : error.unauthorizedTopics())
                if (left.remove(topic) != null) failed(topic, error);
        }
    }

    private static void join(String group, String topic) {
        try (KafkaConsumer<String, String> consumer =
                consumer("group.id", group, "auto.offset.reset", "earliest")) {
            consumer.subscribe(List.of(topic));
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (System.nanoTime() < until) {
                if (consumer.poll(Duration.ofMillis(500)).isEmpty()) continue;
                done(group);
                return;
            }
            print("what", group, "error", "nothing");
        } catch (RuntimeException error) {
            failed(group, error);
        }
    }

    // Runs until it is ended. What it says of itself once a second, a test compares.
    private static void member(String group, List<String> topics) {
        Map<String, Integer> seen = new TreeMap<>();
        Set<Integer> generations = new HashSet<>();
        try (KafkaConsumer<String, String> consumer = consumer("group.id", group,
                "auto.offset.reset", "earliest", "session.timeout.ms", "6000",
                "heartbeat.interval.ms", "1000", "auto.commit.interval.ms", "1000")) {
            consumer.subscribe(topics);
            for (long next = 0;;) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200)))
                    seen.merge(record.topic(), 1, Integer::sum);
                int generation = consumer.groupMetadata().generationId();
                if (generation >= 0) generations.add(generation);
                if (System.nanoTime() < next) continue;
                next = System.nanoTime() + 1_000_000_000;
                print("generation", generation, "generations", generations.size(), "member",
                        consumer.groupMetadata().memberId(), "seen", seen);
            }
        }
    }

    // -- Administration.

    private static void shown(String what, KafkaFuture<?> future) throws InterruptedException {
        try {
            future.get();
            done(what);
        } catch (ExecutionException error) {
            failed(what, error);
        }
    }

    private static void create(String topic) throws InterruptedException {
        try (Admin admin = Admin.create(settings())) {
            shown(topic, admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all());
        }
    }

    private static void metadata(List<String> topics) throws InterruptedException {
        try (Admin admin = Admin.create(settings())) {
            for (var entry : admin.describeTopics(topics).topicNameValues().entrySet())
                shown(entry.getKey(), entry.getValue());
        }
    }

    private static void cluster() throws InterruptedException {
        try (Admin admin = Admin.create(settings())) {
            shown("cluster", admin.describeCluster().nodes());
        }
    }

    private static void purge(String topic, long offset) throws InterruptedException {
        try (Admin admin = Admin.create(settings())) {
            shown(topic, admin.deleteRecords(Map.of(
                    new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(offset))).all());
        }
    }

    private static void reset(String group, String topic, long offset)
            throws InterruptedException {
        try (Admin admin = Admin.create(settings())) {
            shown(group, admin.alterConsumerGroupOffsets(group, Map.of(
                    new TopicPartition(topic, 0), new OffsetAndMetadata(offset))).all());
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
