package minarai.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import minarai.train.data.Sha256;
import minarai.train.run.LedgerDamage;
import minarai.train.run.LedgerLine;
import minarai.train.run.RunFolder;

/// The files that a run leaves, which its ledger closes with.
final class RunResult {

    private RunResult() {
    }

    /// SHA-256 of each file of the result, by its path in the run's folder, in order.
    static Map<String, String> hashes(Path run) {
        var hashes = new TreeMap<String, String>();
        for (String folder : List.of(RunFolder.ADAPTER, RunFolder.MODEL)) {
            if (!Files.isDirectory(run.resolve(folder))) {
                continue;
            }
            try (Stream<Path> files = Files.list(run.resolve(folder))) {
                files.filter(Files::isRegularFile).forEach(file ->
                        hashes.put(folder + "/" + file.getFileName(), Sha256.of(file)));
            } catch (IOException failure) {
                throw new UncheckedIOException("cannot look into " + run.resolve(folder), failure);
            }
        }
        return hashes;
    }

    /// @throws LedgerDamage if a file is not what it was when the run ended, or was not there then
    static void verify(Path run, LedgerLine.Closing closing) {
        hashes(run).keySet().stream().filter(name -> !closing.files().containsKey(name)).findFirst().ifPresent(name -> {
            throw new LedgerDamage(closing.step(), "%s: the run did not end with it; somebody put it there".formatted(
                    run.resolve(name)));
        });
        closing.files().forEach((name, hash) -> {
            Path file = run.resolve(name).normalize();
            if (!file.startsWith(run.normalize()) || !Files.isRegularFile(file)) {
                throw new LedgerDamage(closing.step(),
                        "%s: the run ended with it, but it is not there".formatted(file));
            }
            String found = Sha256.of(file);
            if (!found.equals(hash)) {
                throw new LedgerDamage(closing.step(), ("%s: the run ended with the hash %s, now it has %s: something "
                        + "changed it").formatted(file, hash, found));
            }
        });
    }
}
