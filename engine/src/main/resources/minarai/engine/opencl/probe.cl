// Fused multiply-adds in registers, 32 chains for each work-item: what a device can compute at the most.

kernel void multiplyAdds(float a, float b, global float *y, int yo, int rounds, int n) {
    int i = get_global_id(0);
    if (i >= n) {
        return;
    }
    float4 s0 = (float4)(i), s1 = s0 + 1.0f, s2 = s0 + 2.0f, s3 = s0 + 3.0f;
    float4 s4 = s0 + 4.0f, s5 = s0 + 5.0f, s6 = s0 + 6.0f, s7 = s0 + 7.0f;
    for (int r = 0; r < rounds; r++) {
        s0 = fma(s0, (float4)(a), (float4)(b));
        s1 = fma(s1, (float4)(a), (float4)(b));
        s2 = fma(s2, (float4)(a), (float4)(b));
        s3 = fma(s3, (float4)(a), (float4)(b));
        s4 = fma(s4, (float4)(a), (float4)(b));
        s5 = fma(s5, (float4)(a), (float4)(b));
        s6 = fma(s6, (float4)(a), (float4)(b));
        s7 = fma(s7, (float4)(a), (float4)(b));
    }
    float4 all_ = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7;
    y[yo + i] = all_.x + all_.y + all_.z + all_.w;
}
