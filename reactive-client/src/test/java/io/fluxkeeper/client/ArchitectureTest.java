package io.fluxkeeper.client;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The import rules of the client. */
@AnalyzeClasses(packages = "io.fluxkeeper.client", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static void theRulesSeeTheClient(JavaClasses all) {
        assertThat(all.contain(FluxkeeperClient.class)).isTrue();
    }

    @ArchTest
    static final ArchRule theClientKnowsOnlyTheValuesOfCore = noClasses()
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                    "io.fluxkeeper.core.consensus..",
                    "io.fluxkeeper.core.journal..",
                    "io.fluxkeeper.core.store..",
                    "io.fluxkeeper.core.replica..",
                    "io.fluxkeeper.core.session..",
                    "io.fluxkeeper.core.watch..",
                    "io.fluxkeeper.server.."));

    @ArchTest
    static final ArchRule connectionsKnowNothingOfSessionsAndWatches = noClasses()
            .that()
            .resideInAPackage("io.fluxkeeper.client.connection..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.fluxkeeper.client.session..", "io.fluxkeeper.client.watch.."));

    @ArchTest
    static final ArchRule sessionsAndWatchesAreFreeOfTheTransport = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.fluxkeeper.client", "io.fluxkeeper.client.session..", "io.fluxkeeper.client.watch..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.rsocket..", "io.netty..", "reactor.netty.."));
}
