"""The PixelRNN in PyTorch: a loop over rows, all pixels of a row at once."""

import torch
import torch.nn.functional as F

from benchmarks.peers.of_torch import constants


def pixel_rnn_loss(spec, p, batch, noise):
    """Cross-entropy of the pixels, nats per image."""
    image = batch["x"].view(-1, 1, spec.SIDE, spec.SIDE)
    rows, columns = spec.FIRST[0] - 1, spec.FIRST[1] // 2
    (seen,) = constants(spec.first_masks)
    padded = F.pad(image, (columns, columns, rows, 0))
    h = F.conv2d(padded, p["W_first"] * seen, p["b_first"])
    for k in range(1, spec.LAYERS + 1):
        added = F.conv2d(F.pad(h, (1, 0)), p[f"W_x{k}"], p[f"b_x{k}"]).permute(2, 0, 3, 1)
        out = row_lstm(added, p[f"W_h{k}"], spec.UNITS).permute(1, 3, 0, 2)
        h = h + F.conv2d(out, p[f"W_o{k}"], p[f"b_o{k}"])
    h = F.relu(F.conv2d(F.relu(h), p["W_last1"], p["b_last1"]))
    h = F.relu(F.conv2d(h, p["W_last2"], p["b_last2"]))
    logits = F.conv2d(h, p["W_logits"], p["b_logits"])
    return F.binary_cross_entropy_with_logits(logits, image, reduction="sum") / len(image)


def row_lstm(added, W, units):
    """From (rows, images, columns, gates) to hidden units of the same order."""
    h = c = added.new_zeros((*added.shape[1:3], units))
    out = []
    for a in added.unbind(0):
        line = F.pad(h, (0, 0, 1, 1))
        window = torch.cat([line[:, k : k + h.shape[1]] for k in range(3)], 2)
        o, f, i, g = (a + F.linear(window, W)).chunk(4, 2)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        out.append(h)
    return torch.stack(out)


LOSSES = {"pixel_rnn": (pixel_rnn_loss, "adam")}
