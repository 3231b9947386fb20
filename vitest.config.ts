import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/helpers/engine-setup.ts'],
    // Real kernels, engines and terminals: slow machines are normal, hanging is not.
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Colour would change what tests read; the course under test asks for it when it needs it.
    env: { NO_COLOR: '1' },
  },
});
