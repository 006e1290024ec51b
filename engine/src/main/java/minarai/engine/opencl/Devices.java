package minarai.engine.opencl;

import static org.lwjgl.opencl.CL12.*;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.lwjgl.system.MemoryStack;

/// The OpenCL devices of this machine.
///
/// @param all     GPUs first, then accelerators, then CPUs, otherwise as the platforms list them
/// @param absence why there is none; empty where there is one
/// @param faults  what went wrong with platforms and devices that are left out
public record Devices(List<Device> all, String absence, List<String> faults) {

    private static final String HOST = "+host";
    private static final Pattern NAME = Pattern.compile("opencl(?::(\\d{1,3}))?(?:\\+host)?");

    /// A device before it is asked for more.
    private record Found(long handle, String platform, Device.Kind kind) {
    }

    /// Looks for them. Never fails: where there is no OpenCL, the list is empty and says why, and a device or platform
    /// that does not answer is left out without hiding the others.
    public static Devices here() {
        Optional<String> missing = Library.absence();
        if (missing.isPresent()) {
            return new Devices(List.of(), missing.get(), List.of());
        }
        var faults = new ArrayList<String>();
        var found = new ArrayList<Found>();
        attempt(() -> found.addAll(found(faults)), faults);
        found.sort(Comparator.comparing(Found::kind));
        var devices = new ArrayList<Device>();
        for (Found each : found) {
            attempt(() -> devices.add(new Device(devices.size(), each.handle, each.platform)), faults);
        }
        String absence = faults.isEmpty() ? "no OpenCL driver offers a device" : String.join("; ", faults);
        return new Devices(List.copyOf(devices), devices.isEmpty() ? absence : "", List.copyOf(faults));
    }

    /// Does what may fail, and notes how it did.
    static void attempt(Runnable look, List<String> faults) {
        try {
            look.run();
        } catch (DeviceFailure failure) {
            faults.add(String.valueOf(failure.getMessage()));
        }
    }

    private static List<Found> found(List<String> faults) {
        var found = new ArrayList<Found>();
        try (var stack = MemoryStack.stackPush()) {
            var count = stack.mallocInt(1);
            DeviceFailure.require(clGetPlatformIDs(null, count), "looking for OpenCL platforms");
            var platforms = stack.mallocPointer(Math.min(64, count.get(0)));
            DeviceFailure.require(clGetPlatformIDs(platforms, count), "looking for OpenCL platforms");
            for (int i = 0; i < platforms.capacity(); i++) {
                long platform = platforms.get(i);
                attempt(() -> devices(platform, found, faults), faults);
            }
        }
        return found;
    }

    private static void devices(long platform, List<Found> found, List<String> faults) {
        try (var stack = MemoryStack.stackPush()) {
            var count = stack.mallocInt(1);
            if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, null, count) != CL_SUCCESS) {
                return;
            }
            var devices = stack.mallocPointer(Math.min(64, count.get(0)));
            DeviceFailure.require(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, devices, count), "listing devices");
            String name = name(platform);
            for (int i = 0; i < devices.capacity(); i++) {
                long device = devices.get(i);
                attempt(() -> found.add(new Found(device, name, Device.kind(device))), faults);
            }
        }
    }

    private static String name(long platform) {
        try (var stack = MemoryStack.stackPush()) {
            var bytes = stack.calloc(1024);
            DeviceFailure.require(clGetPlatformInfo(platform, CL_PLATFORM_NAME, bytes, null), "naming a platform");
            byte[] text = new byte[bytes.remaining()];
            bytes.get(text);
            return new String(text, StandardCharsets.UTF_8).replace("\0", "").strip();
        }
    }

    /// Whether a backend's name is one of OpenCL: `opencl`, or `opencl:` and a number, and maybe `+host` after it.
    public static boolean isNamedBy(String backend) {
        return NAME.matcher(backend).matches();
    }

    /// Whether the host computes what fails on the device.
    public static boolean isHelpedByHost(String backend) {
        return isNamedBy(backend) && backend.endsWith(HOST);
    }

    /// The device that a backend names; `opencl` alone is the first.
    ///
    /// @throws IllegalArgumentException if there is none of that name
    public Device named(String backend) {
        var name = NAME.matcher(backend);
        if (!name.matches()) {
            throw new IllegalArgumentException(("backend %s: it is cpu, opencl, or opencl: and a number, such "
                    + "as opencl:1").formatted(backend));
        }
        int number = name.group(1) == null ? 0 : Integer.parseInt(name.group(1));
        if (number >= all.size()) {
            throw new IllegalArgumentException("backend %s: %s. 'minarai doctor --device' lists what there is; "
                    .formatted(backend, all.isEmpty() ? absence : "there are " + all.size() + " devices")
                    + "backend=cpu works everywhere");
        }
        return all.get(number);
    }
}
