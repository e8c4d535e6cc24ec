// Mounts the player; what it is lies in core/player, where exported pages take it from as well.

export default kept(".player", (root) => {
  const player = new Player(root, { linkChart: (link, seek) => new ChartPlayhead(link, seek) });
  return {
    element: player.element,
    update(data, setStateValue) {
      const { header, bytes } = readMessage(data);
      player.update(header, bytes);
      player.pickBars(header.pick ?? "", header.hasPickup, (bars) => setStateValue("value", { pick: header.pick, bars }));
      if (header.sound && isNewWish(header.play)) player.play();
    },
    destroy: () => player.destroy(),
  };
});
