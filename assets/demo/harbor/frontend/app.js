// Draws the quay and lets a ship be dragged to another berth.

const quay = document.getElementById("quay");

export function draw(berths) {
  quay.replaceChildren(...berths.map(row));
}

function row(berth) {
  const line = document.createElement("li");
  line.draggable = berth.ship !== null;
  line.textContent = `${berth.name}  ${berth.ship ?? "free"}`;
  if (berth.ship && berth.draught_dm > berth.depth_dm) line.className = "too-deep";
  return line;
}
