export const words = {
  title: "Compute",
  local: "All work is done on this machine. With Modal its GPUs do it, at Modal's price.",
  modal: "Work is done by the app on Modal.",
  test: "Test the way to Modal",
}
