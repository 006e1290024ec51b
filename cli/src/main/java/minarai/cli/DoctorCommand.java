package minarai.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import minarai.bench.Diagnosis;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai doctor`: what this machine can do, and what is lost on it.
@Command(name = "doctor", description = "Tells what this machine can do, and what is lost on it.",
        footer = {
            "",
            "With --device it lists the OpenCL devices, runs every kernel of one of them beside the reference, chooses "
                    + "tiles for its products, and keeps what it found in MINARAI_HOME.", "",
            "Examples:",
            "  minarai doctor",
            "  minarai doctor --device opencl:1"})
final class DoctorCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = "--device", arity = "0..1", fallbackValue = "opencl", paramLabel = "NAME",
            description = "try an OpenCL device: opencl for the first, opencl:N for another")
    private Optional<String> device = Optional.empty();

    @Option(names = "--untimed", description = "with --device: compare bits, but time nothing and keep nothing")
    private boolean isUntimed;

    DoctorCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (device.isPresent()) {
            return new DoctorDevice(console, common.isJson, !isUntimed).examine(device.get());
        }
        var diagnosis = Diagnosis.here();
        if (common.isJson) {
            console.json(fields(diagnosis));
        } else {
            print(diagnosis);
        }
        return 0;
    }

    private static LinkedHashMap<String, Object> fields(Diagnosis diagnosis) {
        var machine = diagnosis.machine();
        var fields = new LinkedHashMap<String, Object>();
        machine.processor().ifPresent(name -> fields.put("processor", name));
        fields.put("cores", machine.cores());
        fields.put("vector_bits", machine.vectorBits());
        fields.put("system", machine.system());
        fields.put("java", machine.java());
        fields.put("memory_bytes", machine.memoryBytes());
        fields.put("heap_bytes", machine.heapBytes());
        machine.hugePages().ifPresent(mode -> fields.put("huge_pages", mode));
        diagnosis.hugePageBytes().ifPresent(bytes -> fields.put("huge_page_bytes", bytes));
        diagnosis.stolen().ifPresent(share -> fields.put("stolen", share));
        fields.put("peak_gflops_one_thread", diagnosis.peakOfOne());
        fields.put("peak_gflops", diagnosis.peakOfAll());
        fields.put("read_gbps_one_thread", diagnosis.readOfOne());
        fields.put("read_gbps", diagnosis.readOfAll());
        fields.put("losses", diagnosis.losses());
        return fields;
    }

    private void print(Diagnosis diagnosis) {
        var machine = diagnosis.machine();
        var table = new TextTable();
        machine.processor().ifPresent(name -> table.row("processor", name));
        table.row("cores", "%d, vectors of %d bits".formatted(machine.cores(), machine.vectorBits()));
        table.row("memory", "%s; Java takes at most %s".formatted(Figures.bytes(machine.memoryBytes()),
                Figures.bytes(machine.heapBytes())));
        machine.hugePages().ifPresent(mode -> table.row("huge pages", "%s, %s".formatted(mode,
                diagnosis.hasHugePages() ? "in use" : "not in use")));
        table.row("system", machine.system());
        table.row("java", machine.java());
        table.row("multiply-adds", "%s GFLOP/s on one thread, %s on all".formatted(rate(diagnosis.peakOfOne()),
                rate(diagnosis.peakOfAll())));
        table.row("reading memory", "%s GB/s on one thread, %s on all".formatted(rate(diagnosis.readOfOne()),
                rate(diagnosis.readOfAll())));
        diagnosis.stolen().ifPresent(share -> table.row("stolen time", "%.1f %%".formatted(100 * share)));
        console.line("%s%n", table);
        List<String> losses = diagnosis.losses();
        losses.forEach(loss -> console.line("- %s", loss));
        if (losses.isEmpty()) {
            console.line("Nothing is lost on this machine.");
        }
    }

    private static String rate(double rate) {
        return "%,.0f".formatted(rate);
    }
}
