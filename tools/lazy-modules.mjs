/**
 * An esbuild plugin: modules that a start does not need are loaded when something of theirs is first used. In the bundle stands,
 * in the module's place, an object with a getter for each of its exports; static imports keep working as they are written,
 * because a bundle looks an imported name up at each use. What extends a class of such a module at the top level loads it at once.
 */

/** @param {string} name @param {readonly string[]} exports */
export function lazySource(name, exports) {
  const getters = exports.map((key) => `  get ${JSON.stringify(key)}() { return load()[${JSON.stringify(key)}]; },`);
  return `let real;\nconst load = () => (real ??= require(${JSON.stringify(name)}));\nmodule.exports = {\n${getters.join("\n")}\n};\n`;
}

/** @param {readonly string[]} names of node's own modules (with `node:`) and of packages */
export function lazyModules(names) {
  return {
    name: "lazy-modules",
    setup(build) {
      const wanted = new Set(names);
      build.onResolve({ filter: /^[a-z@]/ }, ({ path, namespace }) => (namespace !== "lazy" && wanted.has(path) ? { path, namespace: "lazy" } : undefined));
      build.onLoad({ filter: /.*/, namespace: "lazy" }, async ({ path }) => {
        const exports = Object.keys(await import(path)).filter((key) => key !== "default" && key !== "module.exports");
        // the real module is found from here, as the importers would find it
        return { contents: lazySource(path, exports), resolveDir: import.meta.dirname, loader: "js" };
      });
    },
  };
}
