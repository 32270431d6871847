package io.fluxkeeper.server;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The import rules of the server. */
@AnalyzeClasses(packages = "io.fluxkeeper.server", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] TRANSPORT = {"io.rsocket..", "io.netty..", "reactor.."};

    @ArchTest
    static void theRulesSeeTheServer(JavaClasses all) {
        assertThat(all.contain(Main.class)).isTrue();
        assertThat(all.contain("io.fluxkeeper.server.client.ClientConnection")).isTrue();
    }

    @ArchTest
    static final ArchRule theServerKnowsNothingOfItsClients =
            noClasses().should().dependOnClassesThat(resideInAnyPackage("io.fluxkeeper.client.."));

    @ArchTest
    static final ArchRule theLoopIsFreeOfTheTransport = noClasses()
            .that()
            .resideInAPackage("io.fluxkeeper.server.loop..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(TRANSPORT));

    @ArchTest
    static final ArchRule theLoopKnowsNobodyWhoUsesIt = noClasses()
            .that()
            .resideInAPackage("io.fluxkeeper.server.loop..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                    "io.fluxkeeper.server",
                    "io.fluxkeeper.server.client..",
                    "io.fluxkeeper.server.config..",
                    "io.fluxkeeper.server.peer.."));

    @ArchTest
    static final ArchRule clientsAndPeersDoNotKnowEachOther = noClasses()
            .that()
            .resideInAPackage("io.fluxkeeper.server.client..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                    "io.fluxkeeper.server.peer..", "io.fluxkeeper.server", "io.fluxkeeper.server.config.."));

    @ArchTest
    static final ArchRule peersDoNotKnowClients = noClasses()
            .that()
            .resideInAPackage("io.fluxkeeper.server.peer..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                    "io.fluxkeeper.server.client..",
                    "io.fluxkeeper.server",
                    "io.fluxkeeper.server.config..",
                    "io.fluxkeeper.core.session..",
                    "io.fluxkeeper.core.watch..",
                    "io.fluxkeeper.core.znode.."));

    @ArchTest
    static final ArchRule clientsKnowTheProtocolAndNotTheConsensus = noClasses()
            .that()
            .resideInAPackage("io.fluxkeeper.server.client..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                    "io.fluxkeeper.core.consensus..",
                    "io.fluxkeeper.core.journal..",
                    "io.fluxkeeper.core.session..",
                    "io.fluxkeeper.core.store..",
                    "io.fluxkeeper.core.watch.."));

    @ArchTest
    static final ArchRule theConfigurationOpensNothing = noClasses()
            .that()
            .resideInAPackage("io.fluxkeeper.server.config..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.rsocket..", "io.netty..", "reactor.."))
            .orShould()
            .dependOnClassesThat(resideInAnyPackage(
                    "io.fluxkeeper.server", "io.fluxkeeper.server.client..", "io.fluxkeeper.server.peer.."));

    @ArchTest
    static final ArchRule onlyTheAssemblyKnowsWhichAlgorithmAndWhichStoreThereAre = noClasses()
            .that()
            .doNotHaveSimpleName("PeerAssembly")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                    "io.fluxkeeper.core.consensus.zab..", "io.fluxkeeper.core.consensus.paxos..", "org.h2.."));
}
