/** Before any test: the program that tests run is the one the sources say. */
export { build as setup } from '../scripts/build.mjs';
