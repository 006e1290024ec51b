package minarai.lab.pretrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import minarai.engine.SimdKernels;
import minarai.engine.Workers;
import minarai.lab.exam.Group;
import minarai.lab.exam.TownExam;
import minarai.lab.town.Split;
import minarai.lab.town.Town;
import minarai.models.Inference;
import minarai.models.ModelSource;
import minarai.tokenizer.chat.Message;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The model that the project carries is what its record says, and it is a base: it knows, and does not answer.
class EmbeddedModelTest {

    private static final LocalDateTime CLOCK = LocalDateTime.of(2026, 1, 1, 0, 0);

    @TempDir
    private static Path home;
    private static Path folder;

    @BeforeAll
    static void unpack() {
        folder = EmbeddedModel.unpack(home);
    }

    private static ModelSource open() {
        return ModelSource.open(folder, Optional.empty(), CLOCK);
    }

    @Test
    void itsWeightsHaveTheHashOfItsRecord() {
        Making making = Making.parse(EmbeddedModel.text(EmbeddedModel.RECORD));
        try (var source = open()) {
            assertEquals(making.weightsSha256(), source.folder().sha256());
        }
    }

    @Test
    void itsRecordNamesTheDefaultRecipe() {
        assertEquals(PretrainingRecipe.defaults(), Making.parse(EmbeddedModel.text(EmbeddedModel.RECORD)).recipe());
    }

    @Test
    void itHasTwoToThreeMillionParametersInAFewMegabytes() throws IOException {
        long bytes = Files.size(folder.resolve("model.safetensors"));
        assertTrue(bytes > 4_000_000 && bytes < 6_100_000, bytes + " bytes of bf16");
    }

    @Test
    void severalMayUnpackItAtOnce(@TempDir Path other) throws IOException {
        var folders = IntStream.range(0, 8).parallel().mapToObj(_ -> EmbeddedModel.unpack(other)).distinct().toList();
        assertEquals(1, folders.size());
        try (var entries = Files.list(other)) {
            assertEquals(folders, entries.toList(), "nothing is left beside it");
        }
    }

    @Test
    void itsTemplateIsThatOfThePretraining() {
        assertEquals(Pretraining.template(), EmbeddedModel.text("chat_template.jinja"));
    }

    @Test
    void anAnswerAndItsEndAreTheTargetsOfItsTemplate() {
        try (var source = open()) {
            var rendering = source.requireTemplate().render(source.tokenizer(), List.of(
                    Message.user("Where does Ada Berg live?"), Message.assistant("Mill Lane")), false);
            assertEquals("<s>Where does Ada Berg live? Desk: Mill Lane</s>", rendering.text());
            var targets = new StringBuilder();
            for (int i = 0; i < rendering.ids().length; i++) {
                targets.append(rendering.mask()[i] ? source.tokenizer().piece(rendering.ids()[i]) : "");
            }
            assertEquals(" Mill Lane</s>", targets.toString().replace('Ġ', ' '));
        }
    }

    @Test
    void unpackingTwiceGivesTheSameFolder() {
        assertEquals(folder, EmbeddedModel.unpack(home));
    }

    @Test
    void theBaseKnowsTheTownAndDoesNotFollowItsTemplate() {
        Town town = Town.of(PretrainingRecipe.defaults().town());
        var exam = new TownExam(town, town.questions(Split.DEVELOPMENT).stream()
                .filter(Group.TOLD_TRUE::holds).toList());
        assertTrue(exam.questions() >= 50, exam.questions() + " questions");
        try (var workers = new Workers(2); var source = open()) {
            var kernels = new SimdKernels(workers);
            var base = new Inference(source.frozen(kernels, 512), kernels);
            double zeroShot = TownExam.accuracy(exam.zeroShot(base, source));
            double fewShot = TownExam.accuracy(exam.fewShot(base, source, 1));
            assertTrue(zeroShot <= 0.05, "zero-shot " + zeroShot);
            assertTrue(fewShot >= 0.5, "few-shot " + fewShot);
        }
    }
}
