package bench;

import io.kroxylicious.proxy.KafkaProxy;
import io.kroxylicious.proxy.config.ConfigParser;
import io.kroxylicious.proxy.config.Configuration;
import io.kroxylicious.proxy.internal.config.Features;
import java.nio.file.Files;
import java.nio.file.Path;

/** Starts the Kroxylicious runtime from the configuration file that it is given. */
public final class Kroxylicious {
    public static void main(String[] arguments) throws Exception {
        ConfigParser parser = new ConfigParser();
        Configuration configuration =
                parser.parseConfiguration(Files.readString(Path.of(arguments[0])));
        Features features = Features.defaultFeatures();
        try (KafkaProxy proxy = new KafkaProxy(parser, configuration, features)) {
            proxy.startup();
            proxy.block();
        }
    }
}
