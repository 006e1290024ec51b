package minarai.models.format;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/// A stretch of a file as a stream. Closing it leaves the file open.
final class ChannelWindow extends InputStream {

    private final FileChannel channel;
    private final long end;
    private long position;

    ChannelWindow(FileChannel channel, long position, long length) {
        this.channel = channel;
        this.position = position;
        this.end = position + length;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int wanted = (int) Math.min(length, end - position);
        if (wanted == 0) {
            return -1;
        }
        int count = channel.read(ByteBuffer.wrap(target, offset, wanted), position);
        position += Math.max(count, 0);
        return count;
    }
}
