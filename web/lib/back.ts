/** An event of the window: the server answers again after it did not. What was broken off is taken up then. */
export const BACK = "studio:back"
