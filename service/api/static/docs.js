"use strict";
// Swagger UI has no translations of its own: its fixed labels are replaced as they appear.
const LABELS = new Map(Object.entries({
  "Authorize": "填写密钥", "Available authorizations": "密钥", "Authorized": "已填写", "Logout": "清除", "Close": "关闭",
  "Value:": "密钥：", "Try it out": "试一试", "Try it out ": "试一试", "Cancel": "取消", "Execute": "执行", "Clear": "清空",
  "Parameters": "参数", "No parameters": "无参数", "Name": "名称", "Description": "说明", "Request body": "请求体",
  "required": "必填", "Responses": "返回", "Response body": "返回内容", "Response headers": "返回头", "Code": "状态码",
  "Details": "详情", "Links": "链接", "No links": "无", "Media type": "格式", "Example Value": "示例", "Schema": "结构",
  "Successful Response": "成功", "Validation Error": "请求有误", "Schemas": "数据结构", "Server response": "服务返回",
  "Request URL": "请求地址", "Curl": "Curl 命令", "Download": "下载", "Reset": "重置", "Loading": "加载中",
  "Edit Value": "编辑", "Controls": "由", "header.": "请求头决定", "Send empty value": "发送空值", "Available values": "可选值", "Default value": "默认值", "Expand all": "全部展开",
  "Collapse all": "全部收起", "Copy to clipboard": "复制",
}));

function translate(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement && node.parentElement.closest("pre, code, textarea")) continue;
    say(node);
  }
}

function say(text) {
  const label = LABELS.get(text.data.trim());
  if (label) text.data = label;
}

window.addEventListener("load", () => {
  const target = document.getElementById("swagger-ui");
  new MutationObserver((changes) => changes.forEach((change) => {
    if (change.type === "characterData") say(change.target);
    change.addedNodes.forEach((node) => (node.nodeType === Node.TEXT_NODE ? say(node) : translate(node)));
  })).observe(target, { childList: true, characterData: true, subtree: true });
  SwaggerUIBundle({ url: "/openapi.json", domNode: target, deepLinking: true, docExpansion: "list",
    defaultModelsExpandDepth: 0, tryItOutEnabled: false, validatorUrl: null });
});
