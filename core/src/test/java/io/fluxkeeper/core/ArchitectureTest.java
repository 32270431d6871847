package io.fluxkeeper.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The import rules of core: what may know of what, and what core must never touch. */
class ArchitectureTest {
    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.fluxkeeper.core");

    @Test
    void theClassesAreThere() {
        assertThat(CORE.size()).isGreaterThan(100);
        assertThat(CORE.contain("io.fluxkeeper.core.replica.Replica")).isTrue();
    }

    @Test
    void coreTouchesNoThreadSocketReactorOrLogger() {
        noClasses()
                .that()
                .resideInAPackage("io.fluxkeeper.core..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "reactor..",
                        "io.rsocket..",
                        "io.netty..",
                        "java.net..",
                        "java.util.concurrent..",
                        "org.slf4j..",
                        "java.util.logging..",
                        "io.micrometer..")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Thread.class)
                .check(CORE);
    }

    @Test
    void coreReadsNoClockAndDrawsNoRandomNumber() {
        noClasses()
                .that()
                .resideInAPackage("io.fluxkeeper.core..")
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .dependOnClassesThat()
                .resideInAPackage("java.time..")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.Random")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.security.SecureRandom")
                .orShould()
                .callMethod(Math.class, "random")
                .check(CORE);
    }

    @Test
    void consensusKnowsNothingOfZnodesSessionsAndClients() {
        noClasses()
                .that()
                .resideInAPackage("io.fluxkeeper.core.consensus..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.fluxkeeper.core.znode..",
                        "io.fluxkeeper.core.session..",
                        "io.fluxkeeper.core.watch..",
                        "io.fluxkeeper.core.protocol..",
                        "io.fluxkeeper.core.replica..",
                        "io.fluxkeeper.core.journal..",
                        "io.fluxkeeper.core.store..")
                .check(CORE);
    }

    @Test
    void onlyTheStoreKnowsMvStore() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.fluxkeeper.core.store..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.h2..")
                .check(CORE);
    }

    @Test
    void whatClientsSeeKnowsNothingOfWhatServesThem() {
        noClasses()
                .that()
                .resideInAPackage("io.fluxkeeper.core.protocol..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.fluxkeeper.core.consensus..",
                        "io.fluxkeeper.core.replica..",
                        "io.fluxkeeper.core.session..",
                        "io.fluxkeeper.core.watch..",
                        "io.fluxkeeper.core.journal..",
                        "io.fluxkeeper.core.store..")
                .check(CORE);
    }
}
