// Units run as the browser gets them: Svelte's state is compiled otherwise for a server.
export default {
  name: "client",
  viteEnvironment: "client",
  setup: () => ({ teardown() {} }),
};
